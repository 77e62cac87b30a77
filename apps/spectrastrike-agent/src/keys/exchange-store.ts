import type { DatabaseSync } from 'node:sqlite';
import { nextSetVersion } from '@nyxera/federation-protocol';
import type { ExchangePlace } from './gateway-keys.ts';

/** How the last exchange with a gateway for a tenant ended. */
export interface ExchangeRecord extends ExchangePlace {
  /** Unix milliseconds. */
  readonly attemptedAtMs: number;
  readonly outcome: 'exchanged' | 'unsupported' | 'failed' | 'refused';
  readonly code: string | null;
  readonly detail: string;
  readonly exchangedAtMs: number | null;
  readonly loadedVersion: number | null;
}

/** Counted and kept before the set is sent, in one transaction with what goes into it. @param now Unix seconds */
export function takeSetVersion(db: DatabaseSync, now: number): number {
  const row = db.prepare('SELECT version FROM own_key_sets').get();
  const version = nextSetVersion(row === undefined ? null : Number(row.version), now);
  db.prepare('INSERT OR REPLACE INTO own_key_sets (singleton, version) VALUES (1, ?)').run(version);
  return version;
}

export function listExchanges(db: DatabaseSync): readonly ExchangeRecord[] {
  return db
    .prepare(
      `SELECT gateway, tenant_id, attempted_at_ms, outcome, code, detail, exchanged_at_ms, loaded_version
         FROM key_exchanges ORDER BY gateway, tenant_id`,
    )
    .all()
    .map((row) => ({
      gateway: String(row.gateway),
      tenantId: String(row.tenant_id),
      attemptedAtMs: Number(row.attempted_at_ms),
      outcome: String(row.outcome) as ExchangeRecord['outcome'],
      code: row.code === null ? null : String(row.code),
      detail: String(row.detail),
      exchangedAtMs: row.exchanged_at_ms === null ? null : Number(row.exchanged_at_ms),
      loadedVersion: row.loaded_version === null ? null : Number(row.loaded_version),
    }));
}

export function findExchange(db: DatabaseSync, place: ExchangePlace): ExchangeRecord | null {
  const found = listExchanges(db).find(
    (one) => one.gateway === place.gateway && one.tenantId === place.tenantId,
  );
  return found ?? null;
}

/** A failure keeps what the last success loaded. */
export function recordExchange(
  db: DatabaseSync,
  record: Omit<ExchangeRecord, 'exchangedAtMs' | 'loadedVersion'>,
  loadedVersion: number | null,
): void {
  const succeeded = record.outcome === 'exchanged';
  db.prepare(
    `INSERT INTO key_exchanges (gateway, tenant_id, attempted_at_ms, outcome, code, detail, exchanged_at_ms, loaded_version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (gateway, tenant_id) DO UPDATE SET attempted_at_ms = excluded.attempted_at_ms,
       outcome = excluded.outcome, code = excluded.code, detail = excluded.detail,
       exchanged_at_ms = coalesce(excluded.exchanged_at_ms, exchanged_at_ms),
       loaded_version = coalesce(excluded.loaded_version, loaded_version)`,
  ).run(
    record.gateway,
    record.tenantId,
    record.attemptedAtMs,
    record.outcome,
    record.code,
    record.detail,
    succeeded ? record.attemptedAtMs : null,
    succeeded ? loadedVersion : null,
  );
}

export function recordConfirmations(
  db: DatabaseSync,
  place: ExchangePlace,
  kids: readonly string[],
  nowMs: number,
): void {
  const put = db.prepare(
    `INSERT INTO own_key_confirmations (gateway, tenant_id, kid, confirmed_at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  for (const kid of kids) put.run(place.gateway, place.tenantId, kid, nowMs);
}

/** Whether that gateway has said that it takes this key of ours for that tenant. */
export function isConfirmed(db: DatabaseSync, place: ExchangePlace, kid: string): boolean {
  const row = db
    .prepare('SELECT 1 FROM own_key_confirmations WHERE gateway = ? AND tenant_id = ? AND kid = ?')
    .get(place.gateway, place.tenantId, kid);
  return row !== undefined;
}
