import type { IdentityState } from '../../trust/trust-snapshot.ts';
import type { Queryable, Statement } from '../database.ts';

export interface ListedIdentity {
  readonly identity: string;
  readonly operators: readonly string[] | null;
  readonly tenants: readonly string[] | null;
  readonly spiffe_id: string | null;
  readonly state: IdentityState;
  readonly source: string;
}

export interface ListedPin {
  readonly identity: string;
  readonly sha256: string;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly source: string;
}

export interface ListedMapping {
  readonly tenant_id: string;
  readonly name: string | null;
  readonly state: string;
  /** null: a tenant without an operator. */
  readonly operator_id: string | null;
  readonly source: string | null;
}

export interface ListedKey {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly domain: readonly string[] | null;
  readonly state: 'pending' | 'active' | 'retiring' | 'revoked';
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly source: string;
  readonly reason: string | null;
  readonly signer_uri: string | null;
  readonly updated_at: Date;
}

const IDENTITIES: Statement = {
  name: 'read-identities-v3',
  text: 'SELECT identity, operators, tenants, spiffe_id, state, source FROM service_identities ORDER BY identity',
};
const PINS: Statement = {
  name: 'read-pins-v1',
  text: 'SELECT identity, sha256, not_before, not_after, source FROM identity_pins ORDER BY identity, created_at, sha256',
};
const MAPPINGS: Statement = {
  name: 'read-mappings-v1',
  text: `SELECT tenant.tenant_id, tenant.name, tenant.state, mapping.operator_id, mapping.source
FROM tenants AS tenant LEFT JOIN operator_tenants AS mapping ON mapping.tenant_id = tenant.tenant_id
ORDER BY tenant.tenant_id, mapping.operator_id`,
};
const KEYS: Statement = {
  name: 'read-keys-v2',
  text: `SELECT owner, purpose, kid, public_key, domain, state, not_before, not_after, source, reason, signer_uri, updated_at
FROM keys WHERE ($1::text IS NULL OR owner = $1::text) AND ($2::text IS NULL OR purpose = $2::text)
ORDER BY owner, purpose, created_at, kid`,
};

/** What a row of the keyring was from `changed_at` on (migration 13). */
export interface KeyChange {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
  readonly state: string;
  readonly domain: readonly string[] | null;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  /** null: from before history was kept. */
  readonly actor: string | null;
  readonly reason: string | null;
  readonly changed_at: Date;
}

const KEY_HISTORY: Statement = {
  name: 'read-key-history-v1',
  text: `SELECT owner, purpose, kid, state, domain, not_before, not_after, actor, reason, changed_at
FROM key_history WHERE public_key = $1 ORDER BY change_id`,
};

/** Everything that ever happened to one public key, whoever owns it and whatever it is called; oldest first. */
export function keyHistory(db: Queryable, publicKey: Uint8Array): Promise<readonly KeyChange[]> {
  return db.query<KeyChange>(KEY_HISTORY, [publicKey]);
}

export function listIdentities(db: Queryable): Promise<readonly ListedIdentity[]> {
  return db.query<ListedIdentity>(IDENTITIES);
}

/** Ended pins included: they are what keeps a declared pin from coming back. */
export function listPins(db: Queryable): Promise<readonly ListedPin[]> {
  return db.query<ListedPin>(PINS);
}

export function listMappings(db: Queryable): Promise<readonly ListedMapping[]> {
  return db.query<ListedMapping>(MAPPINGS);
}

export function listKeys(
  db: Queryable,
  filter: { readonly owner: string | null; readonly purpose: string | null },
): Promise<readonly ListedKey[]> {
  return db.query<ListedKey>(KEYS, [filter.owner, filter.purpose]);
}
