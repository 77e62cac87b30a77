import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An entry of the log, as the report shows it. */
export interface LoggedEntry {
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly class: string;
  readonly action: string;
  readonly actor: string;
  readonly code: string;
  readonly requestId: string;
}

/** `log.jsonl` of an evidence folder of a demonstration: small, and just verified. */
export function readLog(folder: string): readonly LoggedEntry[] {
  const lines = readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { sequence, entry } = JSON.parse(line) as {
      readonly sequence: number;
      readonly entry: Readonly<Record<string, string>>;
    };
    return {
      sequence,
      at: Date.parse(entry.recorded_at ?? ''),
      class: entry.class ?? '',
      action: entry.action ?? '',
      actor: entry.actor ?? '',
      code: entry.code ?? '',
      requestId: entry.request_id ?? '',
    };
  });
}
