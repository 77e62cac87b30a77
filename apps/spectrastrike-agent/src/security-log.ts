import type { DatabaseSync } from 'node:sqlite';

/** What the agent refused or found wrong. Rows are never changed (a trigger forbids it). */
export interface SecurityEntry {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** `feedback`, `transport`, `delivery`, `trust`: which part of the agent noticed. */
  readonly class: string;
  /** A code of PROTOCOL.md section 17. */
  readonly code: string;
  /** For people; may quote what a peer sent, so it is escaped before it reaches a terminal. */
  readonly detail: string;
  readonly tenantId: string | null;
  /** What it is about: a request id, a nonce, a target. */
  readonly ref: string | null;
}

export interface StoredSecurityEntry extends SecurityEntry {
  readonly id: number;
}

/** A peer must not fill the log with one answer: longer text is cut, visibly. */
export const SECURITY_DETAIL_LIMIT = 1024;

export function appendSecurityEntry(db: DatabaseSync, entry: SecurityEntry): void {
  db.prepare(
    'INSERT INTO security_log (at_ms, class, code, detail, tenant_id, ref) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(
    entry.atMs,
    entry.class,
    entry.code,
    cut(entry.detail),
    entry.tenantId,
    entry.ref === null ? null : cut(entry.ref),
  );
}

/** Newest first. */
export function listSecurityEntries(
  db: DatabaseSync,
  filter: { readonly code?: string | undefined; readonly limit: number },
): readonly StoredSecurityEntry[] {
  return db
    .prepare(
      `SELECT id, at_ms, class, code, detail, tenant_id, ref FROM security_log
       WHERE (?1 IS NULL OR code = ?1) ORDER BY id DESC LIMIT ?2`,
    )
    .all(filter.code ?? null, filter.limit)
    .map((row) => ({
      id: Number(row.id),
      atMs: Number(row.at_ms),
      class: String(row.class),
      code: String(row.code),
      detail: String(row.detail),
      tenantId: row.tenant_id === null ? null : String(row.tenant_id),
      ref: row.ref === null ? null : String(row.ref),
    }));
}

/** With the u flag a pair is one character, so only lone surrogates match; a cut may make one. */
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

function cut(text: string): string {
  const short = text.length <= SECURITY_DETAIL_LIMIT ? text : `${text.slice(0, SECURITY_DETAIL_LIMIT)}…`;
  return short.replaceAll(LONE_SURROGATE, '\ufffd');
}
