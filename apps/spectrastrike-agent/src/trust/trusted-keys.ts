import type { DatabaseSync } from 'node:sqlite';
import { type Ed25519PublicKey, importPublicKey, type KeyState } from '@nyxera/federation-protocol';

/** A public key of a gateway that a person has confirmed (PROTOCOL.md section 15). */
export interface TrustedKey {
  /** Lower-case, or `*` for every tenant. */
  readonly tenantId: string;
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  readonly purpose: 'feedback';
  readonly state: KeyState;
  /** Unix seconds; null: no bound. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  /** Where it came from, for people. */
  readonly source: string;
}

export type StoreKeyOutcome = 'added' | 'unchanged' | 'updated' | 'revoked_before' | 'other_key';

/**
 * Takes a key into the keyring. Two things are never done silently: a revoked key does not come back, and a
 * kid that stands for another key is not given a new one. The caller holds the transaction.
 */
export function storeTrustedKey(db: DatabaseSync, key: TrustedKey): StoreKeyOutcome {
  const tenantId = key.tenantId.toLowerCase();
  if (isRevokedKey(db, key.key)) return 'revoked_before';
  const known = db
    .prepare(
      `SELECT public_key, state, not_before, not_after FROM trusted_keys
       WHERE tenant_id = ? AND kid = ? AND purpose = ?`,
    )
    .get(tenantId, key.kid, key.purpose);
  if (known !== undefined && !sameBytes(known.public_key, key.key.raw)) return 'other_key';
  if (
    known !== undefined &&
    known.state === key.state &&
    known.not_before === key.notBefore &&
    known.not_after === key.notAfter
  ) {
    return 'unchanged';
  }
  db.prepare(
    `INSERT INTO trusted_keys (tenant_id, kid, public_key, purpose, state, not_before, not_after, source)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, kid, purpose) DO UPDATE SET state = excluded.state,
       not_before = excluded.not_before, not_after = excluded.not_after, source = excluded.source`,
  ).run(tenantId, key.kid, key.key.raw, key.purpose, key.state, key.notBefore, key.notAfter, key.source);
  return known === undefined ? 'added' : 'updated';
}

export function listTrustedKeys(db: DatabaseSync): readonly TrustedKey[] {
  return db
    .prepare(
      `SELECT tenant_id, kid, public_key, state, not_before, not_after, source FROM trusted_keys
       WHERE purpose = 'feedback' ORDER BY tenant_id, kid`,
    )
    .all()
    .flatMap((row) => {
      // Validated again at every load: the file may have been changed by somebody else's hand.
      const imported = row.public_key instanceof Uint8Array ? importPublicKey(row.public_key) : null;
      if (imported === null || !imported.ok) return [];
      return [
        {
          tenantId: String(row.tenant_id),
          kid: String(row.kid),
          key: imported.value,
          purpose: 'feedback' as const,
          state: asKeyState(row.state),
          notBefore: row.not_before === null ? null : Number(row.not_before),
          notAfter: row.not_after === null ? null : Number(row.not_after),
          source: String(row.source),
        },
      ];
    });
}

function isRevokedKey(db: DatabaseSync, key: Ed25519PublicKey): boolean {
  const row = db
    .prepare("SELECT 1 FROM trusted_keys WHERE public_key = ? AND state = 'revoked' LIMIT 1")
    .get(key.raw);
  return row !== undefined;
}

/** An unknown word in the database counts as revoked: it must not verify anything. */
function asKeyState(value: unknown): KeyState {
  return value === 'pending' || value === 'active' || value === 'retiring' ? value : 'revoked';
}

function sameBytes(stored: unknown, raw: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.compare(stored, raw) === 0;
}
