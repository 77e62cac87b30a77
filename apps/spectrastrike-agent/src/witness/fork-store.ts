import type { DatabaseSync } from 'node:sqlite';
import type { ForkProof } from './judge-continuation.ts';

/** Two checkpoints that the log signed and that do not continue each other: it contradicts itself. */
export interface AuditFork {
  readonly id: number;
  readonly origin: string;
  readonly gateway: string;
  readonly code: string;
  readonly detail: string;
  readonly rememberedNote: string;
  readonly offeredNote: string;
  /** JSON `{"hashes": [base64…], "other_root": base64}`; null where the notes alone show the fork. */
  readonly proof: string | null;
  /** C2SP verifier keys, by which both notes verify. */
  readonly logKeys: readonly string[];
  /** Unix milliseconds. */
  readonly detectedAtMs: number;
  readonly clearedAtMs: number | null;
  readonly clearedReason: string | null;
}

/** The fork that stops the feedback of this gateway, also where it was met under another URL of the same log; or null. */
export function standingFork(db: DatabaseSync, gateway: string, origin: string | null): AuditFork | null {
  const row = db
    .prepare(
      'SELECT * FROM audit_forks WHERE cleared_at_ms IS NULL AND (gateway = ? OR origin = ?) ORDER BY id LIMIT 1',
    )
    .get(gateway, origin);
  return row === undefined ? null : forkOf(row);
}

/** All that stand and all that were cleared, newest first. */
export function listForks(db: DatabaseSync): readonly AuditFork[] {
  return db.prepare('SELECT * FROM audit_forks ORDER BY id DESC').all().map(forkOf);
}

/** Within the transaction that also writes the security log. */
export function insertFork(
  db: DatabaseSync,
  fork: Pick<
    AuditFork,
    'origin' | 'gateway' | 'code' | 'detail' | 'rememberedNote' | 'offeredNote' | 'logKeys' | 'detectedAtMs'
  > & { readonly proof: ForkProof | null },
): void {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const proof =
    fork.proof === null
      ? null
      : JSON.stringify({ hashes: fork.proof.hashes.map(base64), other_root: base64(fork.proof.otherRoot) });
  db.prepare(
    `INSERT INTO audit_forks (origin, gateway, code, detail, remembered_note, offered_note, proof, log_keys, detected_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    fork.origin,
    fork.gateway,
    fork.code,
    fork.detail,
    fork.rememberedNote,
    fork.offeredNote,
    proof,
    fork.logKeys.join('\n'),
    fork.detectedAtMs,
  );
}

/** Answers with how many stood. */
export function clearForks(
  db: DatabaseSync,
  gateway: string,
  origin: string | null,
  reason: string,
  nowMs: number,
): number {
  const { changes } = db
    .prepare(
      `UPDATE audit_forks SET cleared_at_ms = ?, cleared_reason = ?
       WHERE cleared_at_ms IS NULL AND (gateway = ? OR origin = ?)`,
    )
    .run(nowMs, reason, gateway, origin);
  return Number(changes);
}

function forkOf(row: Record<string, unknown>): AuditFork {
  return {
    id: Number(row.id),
    origin: String(row.origin),
    gateway: String(row.gateway),
    code: String(row.code),
    detail: String(row.detail),
    rememberedNote: String(row.remembered_note),
    offeredNote: String(row.offered_note),
    proof: row.proof === null ? null : String(row.proof),
    logKeys: String(row.log_keys).split('\n'),
    detectedAtMs: Number(row.detected_at_ms),
    clearedAtMs: row.cleared_at_ms === null ? null : Number(row.cleared_at_ms),
    clearedReason: row.cleared_reason === null ? null : String(row.cleared_reason),
  };
}
