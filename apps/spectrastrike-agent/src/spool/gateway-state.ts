import type { DatabaseSync } from 'node:sqlite';
import type { GatewayState } from './types.ts';

const COLUMNS =
  'circuit, opened_at_ms, failures, next_probe_ms, last_code, last_detail, last_at_ms, marked_code, marked_at_ms';

/** What `status` shows and a restart remembers; the drainer decides from its own memory. */
export function readGatewayState(db: DatabaseSync, url: string): GatewayState {
  const row = db.prepare(`SELECT ${COLUMNS} FROM gateways WHERE url = ?`).get(url);
  return {
    url,
    circuit: row?.circuit === 'open' ? 'open' : 'closed',
    openedAtMs: numberOrNull(row?.opened_at_ms),
    failures: Number(row?.failures ?? 0),
    nextProbeMs: numberOrNull(row?.next_probe_ms),
    lastCode: textOrNull(row?.last_code),
    lastDetail: textOrNull(row?.last_detail),
    lastAtMs: numberOrNull(row?.last_at_ms),
    markedCode: textOrNull(row?.marked_code),
    markedAtMs: numberOrNull(row?.marked_at_ms),
  };
}

export function writeGatewayState(db: DatabaseSync, state: GatewayState): void {
  db.prepare(`INSERT OR REPLACE INTO gateways (url, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
    state.url,
    state.circuit,
    state.openedAtMs,
    state.failures,
    state.nextProbeMs,
    state.lastCode,
    state.lastDetail,
    state.lastAtMs,
    state.markedCode,
    state.markedAtMs,
  );
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
