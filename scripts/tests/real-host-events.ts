/** Canonical events (PROTOCOL.md section 7) around real lines of host logs, each with an id of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface OfferedEvent {
  readonly eventId: string;
  /** One line of JSON, without the end of the line. */
  readonly line: string;
}

/** The first `count` lines of the bench data; a record goes in as text, so that no number of it passes through a double. */
export function realHostEvents(shared: string, count: number): readonly OfferedEvent[] {
  const packed = readFileSync(join(shared, 'data', 'bench', 'host_events_2022_2023.jsonl.gz'));
  const records = gunzipSync(packed).toString('utf8').split('\n').slice(0, count);
  return records.map((record, index) => {
    const eventId = `host-${String(index).padStart(6, '0')}`;
    const known = JSON.stringify({
      event_id: eventId,
      event_type: 'HOST_LOG',
      source_system: 'windows',
      severity: 'info',
      observed_at: '2026-02-26T12:00:00Z',
      mitre_techniques: ['T1059'],
    });
    const host = JSON.stringify(hostOf(record));
    return { eventId, line: `${known.slice(0, -1)},"attributes":{"asset_ref":${host},"record":${record}}}` };
  });
}

function hostOf(record: string): string {
  const { Hostname, host } = JSON.parse(record) as Record<string, unknown>;
  return typeof Hostname === 'string' ? Hostname : typeof host === 'string' ? host : 'unknown';
}
