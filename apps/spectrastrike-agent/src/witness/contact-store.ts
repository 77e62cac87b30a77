import type { DatabaseSync } from 'node:sqlite';
import type { WitnessOutcome } from './witness-outcome.ts';

/** How the last contact with a gateway's log ended. */
export interface WitnessContact {
  readonly gateway: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly outcome: WitnessOutcome['kind'];
  readonly code: string | null;
  readonly detail: string;
}

/** For status only: nothing is decided by it. Within the caller's transaction. */
export function recordContact(
  db: DatabaseSync,
  gateway: string,
  outcome: WitnessOutcome,
  nowMs: number,
): void {
  const code = outcome.kind === 'witnessed' ? cosignCode(outcome.cosigned) : outcome.code;
  const detail =
    outcome.kind === 'witnessed' ? `${outcome.origin} up to ${outcome.size} entries` : outcome.detail;
  db.prepare(
    `INSERT OR REPLACE INTO witness_contacts (gateway, at_ms, outcome, code, detail) VALUES (?, ?, ?, ?, ?)`,
  ).run(gateway, nowMs, outcome.kind, code, detail);
}

export function listContacts(db: DatabaseSync): readonly WitnessContact[] {
  return db
    .prepare('SELECT gateway, at_ms, outcome, code, detail FROM witness_contacts ORDER BY gateway')
    .all()
    .map((row) => ({
      gateway: String(row.gateway),
      atMs: Number(row.at_ms),
      outcome: String(row.outcome) as WitnessOutcome['kind'],
      code: row.code === null ? null : String(row.code),
      detail: String(row.detail),
    }));
}

function cosignCode(cosigned: Extract<WitnessOutcome, { kind: 'witnessed' }>['cosigned']): string | null {
  return cosigned.kind === 'failed' ? cosigned.code : null;
}
