import type { Statement } from '../store/database.ts';
import type { Source } from './change-identity.ts';
import type { TrustTransaction } from './trust-change.ts';
import type { KeyPurpose, KeyState } from './trust-snapshot.ts';

/** `exchange`: its owner sent it (PROTOCOL.md section 19). */
export type KeySource = Source | 'exchange';

/** A row of the keyring. A row is never deleted: it is the key's history. */
export interface KeyRow {
  readonly owner: string;
  readonly purpose: KeyPurpose;
  readonly kid: string;
  /** 32 bytes. */
  readonly public_key: Uint8Array;
  readonly domain: readonly string[] | null;
  readonly state: KeyState;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly source: KeySource;
  readonly reason: string | null;
  /** Of the gateway's own keys: where the private half is; null: elsewhere, or the environment says. */
  readonly signer_uri: string | null;
}

const COLUMNS =
  'owner, purpose, kid, public_key, domain, state, not_before, not_after, source, reason, signer_uri';

const SELECT_BY_PUBLIC_KEY: Statement = {
  name: 'trust-keys-by-public-key-v2',
  text: `SELECT ${COLUMNS} FROM keys WHERE public_key = $1 ORDER BY owner, purpose, kid`,
};
const SELECT_BY_OWNER: Statement = {
  name: 'trust-keys-by-owner-v2',
  text: `SELECT ${COLUMNS} FROM keys WHERE owner = $1 AND purpose = $2 ORDER BY kid`,
};
const SELECT_ALL: Statement = {
  name: 'trust-keys-all-v2',
  text: `SELECT ${COLUMNS} FROM keys ORDER BY owner, purpose, kid`,
};
const INSERT: Statement = {
  name: 'trust-insert-key-v2',
  text: `INSERT INTO keys (${COLUMNS}, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9, $10, $11, $12, $12)`,
};
const UPDATE_STATE: Statement = {
  name: 'trust-update-key-state-v1',
  text: `UPDATE keys SET state = $4, reason = coalesce($5, reason), updated_at = $6
WHERE owner = $1 AND purpose = $2 AND kid = $3`,
};
const SELECT_INVOLVED: Statement = {
  name: 'trust-keys-involved-v1',
  text: `SELECT ${COLUMNS} FROM keys WHERE owner = $1 OR public_key = ANY ($2::bytea[]) ORDER BY owner, purpose, kid`,
};
const UPDATE_UNTIL: Statement = {
  name: 'trust-update-key-until-v1',
  text: `UPDATE keys SET not_after = $4, updated_at = $5
WHERE owner = $1 AND purpose = $2 AND kid = $3`,
};
const UPDATE_DOMAIN: Statement = {
  name: 'trust-update-key-domain-v1',
  text: `UPDATE keys SET domain = $4::text[], updated_at = $5
WHERE owner = $1 AND purpose = $2 AND kid = $3`,
};

export function keysByPublicKey(tx: TrustTransaction, publicKey: Uint8Array): Promise<readonly KeyRow[]> {
  return tx.query<KeyRow>(SELECT_BY_PUBLIC_KEY, [publicKey]);
}

export function keysOfOwner(
  tx: TrustTransaction,
  owner: string,
  purpose: KeyPurpose,
): Promise<readonly KeyRow[]> {
  return tx.query<KeyRow>(SELECT_BY_OWNER, [owner, purpose]);
}

export function allKeys(tx: TrustTransaction): Promise<readonly KeyRow[]> {
  return tx.query<KeyRow>(SELECT_ALL);
}

/** Every key of an owner, and whoever else holds one of these public keys. */
export function keysInvolved(
  tx: TrustTransaction,
  owner: string,
  publicKeys: readonly Uint8Array[],
): Promise<readonly KeyRow[]> {
  return tx.query<KeyRow>(SELECT_INVOLVED, [owner, publicKeys]);
}

export async function updateKeyUntil(tx: TrustTransaction, row: KeyRow, notAfter: Date): Promise<void> {
  await tx.query(UPDATE_UNTIL, [row.owner, row.purpose, row.kid, notAfter, new Date(tx.author.nowMs)]);
}

export async function insertKey(tx: TrustTransaction, row: KeyRow): Promise<void> {
  await tx.query(INSERT, [
    row.owner,
    row.purpose,
    row.kid,
    row.public_key,
    row.domain,
    row.state,
    row.not_before,
    row.not_after,
    row.source,
    row.reason,
    row.signer_uri,
    new Date(tx.author.nowMs),
  ]);
}

export async function updateKeyState(tx: TrustTransaction, row: KeyRow, state: KeyState): Promise<void> {
  const { nowMs, reason } = tx.author;
  await tx.query(UPDATE_STATE, [row.owner, row.purpose, row.kid, state, reason, new Date(nowMs)]);
}

export async function updateKeyDomain(
  tx: TrustTransaction,
  row: KeyRow,
  domain: readonly string[] | null,
): Promise<void> {
  await tx.query(UPDATE_DOMAIN, [row.owner, row.purpose, row.kid, domain, new Date(tx.author.nowMs)]);
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
