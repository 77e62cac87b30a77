import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import type { Queryable, Statement } from '../store/database.ts';
import {
  isWithin,
  type KeyPurpose,
  type KeyState,
  type Pin,
  type TenantState,
  type TrustedIdentity,
  type TrustedKey,
  type TrustSnapshot,
} from './trust-snapshot.ts';

/**
 * The whole of trust in ONE statement, so that the version and the rows come from one database snapshot:
 * a version that is newer than its rows would let a revoked key through the check at commit.
 */
const LOAD_TRUST: Statement = {
  name: 'trust-load-v3',
  text: `SELECT json_build_object(
  'version', (SELECT version FROM trust_state),
  'tenants', (SELECT coalesce(json_agg(json_build_array(tenant_id, state)), '[]') FROM tenants),
  'operators', (SELECT coalesce(json_agg(json_build_array(operator_id, tenant_id)), '[]') FROM operator_tenants),
  'identities', (SELECT coalesce(json_agg(json_build_object(
      'identity', identity, 'operators', operators, 'tenants', tenants, 'spiffeId', spiffe_id)), '[]') FROM service_identities
      WHERE state = 'active'),
  'pins', (SELECT coalesce(json_agg(json_build_object('identity', identity, 'sha256', sha256,
      'notBefore', (extract(epoch FROM not_before) * 1000)::float8,
      'notAfter', (extract(epoch FROM not_after) * 1000)::float8) ORDER BY created_at, sha256), '[]') FROM identity_pins),
  'keys', (SELECT coalesce(json_agg(json_build_object('owner', owner, 'purpose', purpose, 'kid', kid,
      'publicKey', encode(public_key, 'base64'), 'domain', domain, 'state', state, 'signerUri', signer_uri,
      'notBefore', (extract(epoch FROM not_before) * 1000)::float8,
      'notAfter', (extract(epoch FROM not_after) * 1000)::float8) ORDER BY created_at, kid), '[]')
      FROM keys WHERE state IN ('active', 'retiring'))
)::text AS trust`,
};

interface TrustRows {
  readonly version: number;
  readonly tenants: readonly (readonly [string, TenantState])[];
  readonly operators: readonly (readonly [string, string])[];
  readonly identities: readonly {
    readonly identity: string;
    readonly operators: readonly string[] | null;
    readonly tenants: readonly string[] | null;
    readonly spiffeId: string | null;
  }[];
  readonly pins: readonly (Validity & { readonly identity: string; readonly sha256: string })[];
  readonly keys: readonly (Validity & {
    readonly owner: string;
    readonly purpose: KeyPurpose;
    readonly kid: string;
    readonly publicKey: string;
    readonly domain: readonly string[] | null;
    readonly state: Extract<KeyState, 'active' | 'retiring'>;
    readonly signerUri: string | null;
  })[];
}

interface Validity {
  readonly notBefore: number | null;
  readonly notAfter: number | null;
}

/** A key with its validity; `TrustedKey` is what leaves this file. */
interface KeyEntry {
  readonly trusted: TrustedKey;
  readonly notBeforeMs: number | null;
  readonly notAfterMs: number | null;
}

/** Validated keys by base64, kept between loads: point validation costs a millisecond, and keys do not change. */
export type KeyCache = Map<string, Ed25519PublicKey>;

/** Reads everything that is trusted. Throws when the store cannot be read: the caller keeps what it has, until stale. */
export async function loadTrust(
  db: Queryable,
  nowMs: number,
  keyCache: KeyCache = new Map(),
): Promise<TrustSnapshot> {
  const [row] = await db.query<{ trust: string }>(LOAD_TRUST);
  const rows = row === undefined ? null : (JSON.parse(row.trust) as TrustRows);
  if (rows === null || typeof rows.version !== 'number') throw new Error('the trust_state row is missing');
  return buildSnapshot(rows, nowMs, keyCache);
}

function buildSnapshot(rows: TrustRows, loadedAtMs: number, keyCache: KeyCache): TrustSnapshot {
  const faults: string[] = [];
  const tenants = new Map(rows.tenants);
  const operators = new Map(rows.operators);
  const identities = indexIdentities(rows);
  const keys = indexKeys(rows, keyCache, faults);
  const entries = (identity: string, purpose: KeyPurpose): readonly KeyEntry[] =>
    keys.get(slot(identity, purpose)) ?? [];
  const alive = (nowMs: number) => (entry: KeyEntry) => isWithin(entry.notBeforeMs, entry.notAfterMs, nowMs);
  return {
    version: rows.version,
    loadedAtMs,
    stale: false,
    faults,
    identity: (name) => identities.get(name) ?? null,
    verifyKeys: (identity, purpose, nowMs) =>
      entries(identity, purpose)
        .filter(alive(nowMs))
        .map((entry) => entry.trusted),
    keyById: (identity, purpose, kid, nowMs) => {
      const candidates = entries(identity, purpose);
      // A configured name goes first; the store refuses a name that is another key's thumbprint.
      const found =
        candidates.find((entry) => entry.trusted.kid === kid) ??
        candidates.find((entry) => entry.trusted.key.kid === kid);
      return found !== undefined && alive(nowMs)(found) ? found.trusted : null;
    },
    tenantOf: (operatorId) => operators.get(operatorId) ?? null,
    tenantState: (tenantId) => tenants.get(tenantId) ?? null,
  };
}

function indexIdentities(rows: TrustRows): ReadonlyMap<string, TrustedIdentity> {
  const pins = new Map<string, Pin[]>();
  for (const row of rows.pins) {
    const pin: Pin = { sha256: row.sha256, notBeforeMs: row.notBefore, notAfterMs: row.notAfter };
    const present = pins.get(row.identity);
    if (present === undefined) pins.set(row.identity, [pin]);
    else present.push(pin);
  }
  return new Map(
    rows.identities.map((row) => [
      row.identity,
      {
        operators: row.operators === null ? null : new Set(row.operators),
        tenants: row.tenants === null ? null : new Set(row.tenants),
        spiffeId: row.spiffeId,
        pins: pins.get(row.identity) ?? [],
      },
    ]),
  );
}

function indexKeys(
  rows: TrustRows,
  keyCache: KeyCache,
  faults: string[],
): ReadonlyMap<string, readonly KeyEntry[]> {
  const keys = new Map<string, KeyEntry[]>();
  for (const row of rows.keys) {
    const key = validatedKey(row.publicKey, keyCache);
    if (key === null) {
      faults.push(`key ${row.kid} of ${row.owner} (${row.purpose}) is not a valid Ed25519 public key`);
      continue;
    }
    const entry: KeyEntry = {
      trusted: {
        kid: row.kid,
        key,
        domain: row.domain === null ? null : new Set(row.domain),
        state: row.state,
        signerUri: row.signerUri,
      },
      notBeforeMs: row.notBefore,
      notAfterMs: row.notAfter,
    };
    const place = slot(row.owner, row.purpose);
    const present = keys.get(place);
    if (present === undefined) keys.set(place, [entry]);
    else present.push(entry);
  }
  return keys;
}

function validatedKey(base64: string, keyCache: KeyCache): Ed25519PublicKey | null {
  const cached = keyCache.get(base64);
  if (cached !== undefined) return cached;
  const imported = importPublicKey(base64);
  if (!imported.ok) return null;
  keyCache.set(base64, imported.value);
  return imported.value;
}

/** Purposes hold no space, so the pair is unambiguous whatever the identity is. */
function slot(owner: string, purpose: KeyPurpose): string {
  return `${purpose} ${owner}`;
}
