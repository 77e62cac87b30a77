import {
  type KeySet,
  type KeySetKey,
  makeKeySet,
  type VerifiedKeySet,
  verifyKeySet,
} from '@nyxera/federation-protocol';
import { type Federation, IDENTITY, OPERATOR, TENANT, type TestKey } from './federation.ts';
import { nowSeconds, type Prepared, type SignOptions, signed } from './requests.ts';

export const KEYS_PATH = '/internal/v1/federation/keys';

/** A key of an agent's set, as an agent declares it that has nothing special to say. */
export function declared(key: TestKey, changes: Partial<KeySetKey> = {}): KeySetKey {
  return {
    kid: key.publicKey.kid,
    key: key.publicKey,
    purposes: ['telemetry'],
    tenants: null,
    notBefore: null,
    notAfter: null,
    state: 'active',
    ...changes,
  };
}

let lastVersion = 0;

/** A set of these keys, newer than every one made before, signed by the first of them. */
export function keySet(
  signer: TestKey,
  keys: readonly KeySetKey[],
  changes: Partial<KeySet> = {},
): Promise<string> {
  lastVersion = Math.max(lastVersion + 1, nowSeconds());
  const set = { issuer: IDENTITY, issuedAt: nowSeconds(), version: lastVersion, keys, ...changes };
  return makeKeySet(set, { kid: signer.publicKey.kid, sign: async (bytes) => signer.sign(bytes) });
}

export function exchange(
  federation: Federation,
  keys: string,
  changes: Record<string, unknown> = {},
  options: SignOptions = {},
): Prepared {
  return signed(
    federation,
    KEYS_PATH,
    (timestamp, nonce) => ({
      operator_id: OPERATOR,
      tenant_id: TENANT,
      timestamp,
      nonce,
      keys,
      confirmed: [],
      ...changes,
    }),
    options,
  );
}

/** What an agent that trusts the configured feedback key makes of the gateway's set. */
export function readOwnSet(federation: Federation, jws: string): VerifiedKeySet {
  const set = verifyKeySet(jws, {
    issuer: '@gateway',
    keys: (kid) => (kid === 'default' ? federation.feedback : null),
    now: nowSeconds(),
    skewSeconds: 300,
    loadedVersion: null,
  });
  if (!set.ok) throw new Error(`${set.code}: ${set.detail}`);
  return set.value;
}
