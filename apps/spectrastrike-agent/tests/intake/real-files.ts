import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  type Adapter,
  jsonlAdapter,
  loadMapping,
  type Mapping,
  memorySource,
  readEvents,
  survey,
  Tally,
} from '../../src/intake/index.ts';
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
  return ['nmap', 'nuclei', 'ocsf', 'sarif', 'suricata'].flatMap((folder) =>
    readdirSync(new URL(folder, SHARED))
      .sort()
      .map((file) => ({
        name: `${folder}/${file}`,
        bytes: readFileSync(new URL(`${folder}/${file}`, SHARED)),
      })),
  );
}

/** The host logs, and the mapping that reads them with a technique for each range of lines; null where they are absent. */
export function benchFile(): { readonly file: RealFile; readonly adapter: Adapter } | null {
  const gz = new URL('bench/host_events_2022_2023.jsonl.gz', SHARED);
  if (!existsSync(gz)) return null;
  const bytes = gunzipSync(readFileSync(gz));
  const mapping = shippedMapping('windows-exporter-segments', (name) =>
    readFileSync(new URL(`bench/${name}`, SHARED)),
  );
  return {
    file: { name: 'bench/host_events_2022_2023.jsonl.gz', bytes },
    adapter: jsonlAdapter(mapping),
  };
}

/** One of `mappings/`. */
export function shippedMapping(
  name: string,
  readBeside: (name: string) => Uint8Array = () => {
    throw new Error('no file beside it');
  },
): Mapping {
  const loaded = loadMapping(
    readFileSync(new URL(`../../mappings/${name}.yaml`, import.meta.url)),
    readBeside,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.value;
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

/** One event after the other, so that the largest file takes no more memory than the others. */
export function goldenRow(file: RealFile, adapter: Adapter | null = null): GoldenRow {
  const source = memorySource(file);
  const surveyed = survey(source, CONTEXT, adapter);
  const tally = new Tally(file.name);
  const [severities, techniques, types] = [new Counts(), new Counts(), new Counts()];
  let [events, timedByReport] = [0, 0];
  if (!surveyed.ok) tally.fault(surveyed.fault);
  for (const item of surveyed.ok ? readEvents(source, surveyed.value, CONTEXT) : []) {
    if (item.kind === 'fault') tally.fault(item.fault);
    else if (item.kind === 'skipped') tally.skip(item.reason);
    else {
      const { payload } = item.event;
      events += 1;
      if (payload.observed_at !== CONTEXT.recordedAt) timedByReport += 1;
      severities.add(String(payload.severity));
      types.add(String(payload.event_type));
      for (const id of payload.mitre_techniques as readonly string[]) techniques.add(id);
      tally.redact(item.redactions);
    }
  }
  return {
    format: surveyed.ok ? surveyed.value.format : surveyed.format,
    events,
    faults: tally.refused,
    severities: severities.sorted,
    techniques: techniques.sorted,
    types: types.sorted,
    timedByReport,
    redactions: tally.redactions,
  };
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  get sorted(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
