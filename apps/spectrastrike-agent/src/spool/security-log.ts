import type { DatabaseSync } from 'node:sqlite';

/** One line of the agent's own security log, for `status` and for whoever investigates. */
export interface SecurityEntry {
  /** What part of the agent speaks: delivery, quarantine, feedback, trust. */
  readonly class: string;
  readonly code: string;
  readonly detail: string;
  readonly tenantId?: string;
  /** What it is about: an event id, a kid, a gateway. */
  readonly ref?: string;
}

/** Within a transaction, with what it records. */
export function appendSecurityLog(db: DatabaseSync, entry: SecurityEntry, nowMs: number): void {
  db.prepare(
    'INSERT INTO security_log (at_ms, class, code, detail, tenant_id, ref) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(nowMs, entry.class, entry.code, entry.detail, entry.tenantId ?? null, entry.ref ?? null);
}
