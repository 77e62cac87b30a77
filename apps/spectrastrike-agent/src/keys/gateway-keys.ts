import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import {
  type Ed25519PublicKey,
  importPublicKey,
  type KeySetKey,
  type KeyState,
} from '@nyxera/federation-protocol';

/** For whom keys were exchanged: a kid of another tenant is unknown to this one. */
export interface ExchangePlace {
  readonly gateway: string;
  /** Lower case. */
  readonly tenantId: string;
}

/** A key of a gateway, as its newest verified set says. */
export interface GatewayKey {
  readonly kid: string;
  readonly purpose: string;
  readonly key: Ed25519PublicKey;
  readonly state: KeyState;
  /** Unix seconds; null: no bound. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
}

export function listGatewayKeys(
  db: DatabaseSync,
  { gateway, tenantId }: ExchangePlace,
): readonly GatewayKey[] {
  return db
    .prepare(
      `SELECT kid, purpose, public_key, state, not_before, not_after FROM gateway_keys
       WHERE gateway = ? AND tenant_id = ? ORDER BY kid`,
    )
    .all(gateway, tenantId)
    .flatMap(toGatewayKey);
}

/**
 * Takes a verified set as the truth about a gateway's keys for one tenant. A key that it leaves out has ended, and its
 * row says so: otherwise the environment, which still declares it, would bring it back. Within the caller's transaction.
 * @param now Unix seconds
 */
export function storeGatewayKeys(
  db: DatabaseSync,
  { gateway, tenantId }: ExchangePlace,
  keys: readonly KeySetKey[],
  now: number,
): void {
  db.prepare(
    `UPDATE gateway_keys SET state = 'retiring', not_after = min(coalesce(not_after, ?1), ?1)
      WHERE gateway = ?2 AND tenant_id = ?3 AND state <> 'revoked'`,
  ).run(now, gateway, tenantId);
  const put = db.prepare(
    `INSERT INTO gateway_keys (gateway, tenant_id, kid, purpose, public_key, state, not_before, not_after)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (gateway, tenant_id, kid) DO UPDATE SET state = excluded.state,
       not_before = excluded.not_before, not_after = excluded.not_after`,
  );
  for (const one of keys) {
    const [purpose = ''] = one.purposes;
    put.run(gateway, tenantId, one.kid, purpose, one.key.raw, one.state, one.notBefore, one.notAfter);
  }
}

/** Active and retiring keys verify, within their validity (PROTOCOL.md section 15). @param now Unix seconds */
export function mayVerify(key: Pick<GatewayKey, 'state' | 'notBefore' | 'notAfter'>, now: number): boolean {
  if (key.state !== 'active' && key.state !== 'retiring') return false;
  if (key.notBefore !== null && now < key.notBefore) return false;
  return key.notAfter === null || now < key.notAfter;
}

function toGatewayKey(row: Record<string, SQLOutputValue>): readonly GatewayKey[] {
  const imported = row.public_key instanceof Uint8Array ? importPublicKey(row.public_key) : null;
  if (imported === null || !imported.ok) return [];
  const state = row.state;
  return [
    {
      kid: String(row.kid),
      purpose: String(row.purpose),
      key: imported.value,
      // An unknown word counts as revoked: it must not verify anything.
      state: state === 'pending' || state === 'active' || state === 'retiring' ? state : 'revoked',
      notBefore: row.not_before === null ? null : Number(row.not_before),
      notAfter: row.not_after === null ? null : Number(row.not_after),
    },
  ];
}
