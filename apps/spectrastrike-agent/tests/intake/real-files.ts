import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuiltEvents, buildEvents } from '../../src/intake/index.ts';
import { CONTEXT } from './context.ts';

/** Reports of real tools; not in this repository, except for the fixtures. */
export const SHARED: URL = new URL('../../../../../shared/data/', import.meta.url);
const FIXTURES = new URL('../../../../scripts/fixtures/', import.meta.url);
const FIXTURE_NAMES = ['events.jsonl', 'flawfinder.sarif', 'nmap-loopback.xml'];

export interface RealFile {
  /** e.g. "nmap/scb_ftp.xml", "fixtures/events.jsonl". */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function sharedPresent(): boolean {
  return existsSync(fileURLToPath(SHARED));
}

/** Sorted by name; none where the data is absent. */
export function sharedFiles(): readonly RealFile[] {
  if (!sharedPresent()) {
    return [];
  }
  return ['nmap', 'nuclei', 'sarif'].flatMap((folder) =>
    readdirSync(new URL(folder, SHARED))
      .sort()
      .map((file) => ({
        name: `${folder}/${file}`,
        bytes: readFileSync(new URL(`${folder}/${file}`, SHARED)),
      })),
  );
}

export function fixtureFiles(): readonly RealFile[] {
  return FIXTURE_NAMES.map((file) => ({
    name: `fixtures/${file}`,
    bytes: readFileSync(new URL(file, FIXTURES)),
  }));
}

export interface GoldenRow {
  readonly format: string | null;
  readonly events: number;
  readonly faults: number;
  readonly severities: Readonly<Record<string, number>>;
  readonly techniques: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  /** How many took their time from the report. */
  readonly timedByReport: number;
  readonly redactions: Readonly<Record<string, number>>;
}

export function goldenRow(file: RealFile): GoldenRow {
  const built: BuiltEvents = buildEvents(file, CONTEXT);
  const payloads = built.events.map(({ payload }) => payload);
  return {
    format: built.format,
    events: payloads.length,
    faults: built.faults.length,
    severities: tally(payloads.map(({ severity }) => String(severity))),
    techniques: tally(payloads.flatMap(({ mitre_techniques }) => mitre_techniques as readonly string[])),
    types: tally(payloads.map(({ event_type }) => String(event_type))),
    timedByReport: payloads.filter(({ observed_at }) => observed_at !== CONTEXT.recordedAt).length,
    redactions: built.redactions,
  };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of [...words].sort()) {
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}
