import type { DatabaseSync } from 'node:sqlite';
import type { TreeHead } from '@nyxera/federation-protocol';

/** The largest tree that was seen of a log. */
export interface RememberedLog extends TreeHead {
  readonly origin: string;
  readonly gateway: string;
  /** The checkpoint as the log signed it, without cosignatures. */
  readonly note: string;
  /** Unix milliseconds. */
  readonly firstSeenMs: number;
  readonly seenAtMs: number;
  readonly cosignedSize: number | null;
}

/**
 * The memory of the witness. It is the log's, not the gateway's: under another URL a log has the same history. All
 * writes are within the caller's transaction.
 */
export function rememberedLog(db: DatabaseSync, origin: string): RememberedLog | null {
  return logOf(db.prepare('SELECT * FROM witnessed_logs WHERE origin = ?').get(origin));
}

/** Every log that was seen, by name. */
export function rememberedLogs(db: DatabaseSync): readonly RememberedLog[] {
  return db
    .prepare('SELECT * FROM witnessed_logs ORDER BY origin')
    .all()
    .flatMap((row) => logOf(row) ?? []);
}

/** Names of other logs that were seen at this gateway: one that it had, or one that somebody would like to be forgotten. */
export function otherLogsAt(db: DatabaseSync, gateway: string, origin: string | null): readonly string[] {
  return db
    .prepare(
      'SELECT origin FROM witnessed_logs WHERE gateway = ?1 AND (?2 IS NULL OR origin <> ?2) ORDER BY origin',
    )
    .all(gateway, origin)
    .map((row) => String(row.origin));
}

const FIRST = `INSERT INTO witnessed_logs (origin, gateway, size, root, note, first_seen_ms, seen_at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const NEXT = `UPDATE witnessed_logs SET gateway = ?, size = ?, root = ?, note = ?, seen_at_ms = ?
  WHERE origin = ? AND size = ? AND root = ?`;

/**
 * Puts a checkpoint in the place of exactly the one it was compared with. False: another process of this agent has
 * remembered another meanwhile; nothing was changed, and what was found out is about a tree that is no longer the last.
 */
export function remember(
  db: DatabaseSync,
  before: TreeHead | null,
  log: Pick<RememberedLog, 'origin' | 'gateway' | 'size' | 'root' | 'note'>,
  nowMs: number,
): boolean {
  const { origin, gateway, size, root, note } = log;
  const { changes } =
    before === null
      ? db.prepare(FIRST).run(origin, gateway, size, root, note, nowMs, nowMs)
      : db.prepare(NEXT).run(gateway, size, root, note, nowMs, origin, before.size, before.root);
  return Number(changes) === 1;
}

/** Never lowers it: an answer may come late. */
export function recordCosigned(db: DatabaseSync, origin: string, size: number): void {
  db.prepare(
    'UPDATE witnessed_logs SET cosigned_size = ?2 WHERE origin = ?1 AND coalesce(cosigned_size, -1) < ?2',
  ).run(origin, size);
}

/** Forgets a log because a person said so, and keeps what was known of it with the reason. */
export function forgetLog(db: DatabaseSync, log: RememberedLog, reason: string, nowMs: number): void {
  db.prepare('INSERT INTO witness_resets (origin, gateway, note, reason, at_ms) VALUES (?, ?, ?, ?, ?)').run(
    log.origin,
    log.gateway,
    log.note,
    reason,
    nowMs,
  );
  db.prepare('DELETE FROM witnessed_logs WHERE origin = ?').run(log.origin);
}

function logOf(row: Record<string, unknown> | undefined): RememberedLog | null {
  if (row === undefined || !(row.root instanceof Uint8Array)) return null;
  return {
    origin: String(row.origin),
    gateway: String(row.gateway),
    size: Number(row.size),
    root: new Uint8Array(row.root),
    note: String(row.note),
    firstSeenMs: Number(row.first_seen_ms),
    seenAtMs: Number(row.seen_at_ms),
    cosignedSize: row.cosigned_size === null ? null : Number(row.cosigned_size),
  };
}
