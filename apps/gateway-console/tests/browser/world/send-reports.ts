/** What the real agent sends: the reports of real tools in `../shared/data`, and host events of the benchmark. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { sharedPath } from '@nyxera/federation-testing/shared-data';
import { loadEvents } from '../../../../../packages/bench/src/source-events.ts';
import { REPORTS } from '../../../../../scripts/demo/federate.ts';

const FOLDERS = ['nmap', 'nuclei', 'ocsf', 'sarif', 'suricata'];
/** A report that no honest parser takes is for the agent's own tests. */
const LARGEST = 4 * 1024 * 1024;

/** Every report of `../shared/data`, and those of the demonstration, which are there without it too. */
export function reportFiles(): readonly string[] {
  const shared = FOLDERS.flatMap((folder) => {
    const path = sharedPath('data', folder);
    return path === null ? [] : readdirSync(path).map((name) => join(path, name));
  });
  const own = REPORTS.map(({ file }) => file);
  return [...own, ...shared.filter((file) => statSync(file).size > 0 && statSync(file).size < LARGEST)];
}

/** Writes `count` canonical events, made of real host logs where `../shared` is, and returns where they came from. */
export function writeHostEvents(file: string, count: number): string {
  const source = loadEvents(count);
  const lines = Array.from({ length: count }, (_, index) => {
    const event = source.events[index % source.events.length]?.payload ?? {};
    return reportLine(event, `host-${String(index).padStart(7, '0')}`);
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return source.name;
}

/** What the agent measures and derives by itself is left out, as a tool would. */
function reportLine(payload: JsonObject, id: string): string {
  const { asset_ref, record, target_urn } = payload.attributes as JsonObject;
  const attributes = { asset_ref: asset_ref ?? null, record: record ?? null, target_urn: target_urn ?? null };
  const logged = (record as JsonObject | undefined)?.TimeCreated;
  const at = typeof logged === 'string' ? { observed_at: logged } : {};
  return canonicalizeCompat({ ...payload, ...at, event_id: id, attributes });
}
