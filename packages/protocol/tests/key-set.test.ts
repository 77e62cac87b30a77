import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { importPublicKey } from '../src/ed25519.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { KEY_PURPOSES, KEY_STATES } from '../src/key-id.ts';
import { KEY_SET_TYPE, type KeySet, type KeySetKey, makeKeySet } from '../src/key-set.ts';
import { type KeySetExpectation, nextSetVersion, verifyKeySet } from '../src/verify-key-set.ts';
import { expectRejected, readJson, signWith, testKey, utf8, value } from './support.ts';

const NOW = 1_772_107_202;
const ISSUER = 'spectrastrike-agent-01';
const CURRENT = testKey(3);
const OTHERS = [4, 5, 6].map((seed) => testKey(seed).key);

const signer = {
  kid: CURRENT.key.kid,
  sign: async (bytes: Uint8Array) => signWith(CURRENT.privateKey, bytes),
};

function expectation(change: Partial<KeySetExpectation> = {}): KeySetExpectation {
  return {
    issuer: ISSUER,
    keys: (kid) => (kid === CURRENT.key.kid ? CURRENT.key : null),
    now: NOW,
    skewSeconds: 30,
    loadedVersion: null,
    ...change,
  };
}

function setOf(others: readonly KeySetKey[], change: Partial<KeySet> = {}): KeySet {
  const own: KeySetKey = {
    kid: CURRENT.key.kid,
    key: CURRENT.key,
    purposes: ['telemetry', 'evidence'],
    tenants: null,
    notBefore: null,
    notAfter: null,
    state: 'active',
  };
  return { issuer: ISSUER, issuedAt: NOW, version: 1, keys: [own, ...others], ...change };
}

const otherKeys: fc.Arbitrary<readonly KeySetKey[]> = fc
  .tuple(
    ...OTHERS.map((key) =>
      fc.record<KeySetKey>({
        kid: fc.constant(key.kid),
        key: fc.constant(key),
        purposes: fc.subarray([...KEY_PURPOSES], { minLength: 1, maxLength: 2 }),
        tenants: fc.option(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 3 })),
        notBefore: fc.option(fc.nat(NOW)),
        notAfter: fc.option(fc.integer({ min: NOW + 1, max: 2 * NOW })),
        state: fc.constantFrom(...KEY_STATES),
      }),
    ),
  )
  .chain((keys) => fc.subarray(keys));

describe('a key set', () => {
  test('says at the other end what its owner said, and its version counts', async () => {
    await fc.assert(
      fc.asyncProperty(otherKeys, fc.integer({ min: 2, max: 999_999_999_999 }), async (others, version) => {
        const set = setOf(others, { version });
        const jws = await makeKeySet(set, signer);
        const verified = value(verifyKeySet(jws, expectation({ loadedVersion: version - 1 })));
        expect({ ...verified, signedBy: undefined }).toEqual({ ...set, signedBy: undefined });
        expectRejected(verifyKeySet(jws, expectation({ loadedVersion: version })), 'replay_detected');
        expectRejected(verifyKeySet(jws, expectation({ issuer: `${ISSUER}x` })), 'signed_metadata_mismatch');
        expectRejected(verifyKeySet(jws, expectation({ keys: () => null })), 'signature_invalid');
      }),
      { numRuns: 30 },
    );
  });

  test('of which one character is another is refused, and never throws', async () => {
    const jws = await makeKeySet(setOf([]), signer);
    fc.assert(
      fc.property(fc.nat(jws.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, put) => {
        const changed = jws.slice(0, at) + put + jws.slice(at + 1);
        fc.pre(changed !== jws);
        const result = verifyKeySet(changed, expectation());
        expect(result.ok ? 'accepted' : result.code).toMatch(/^(?:schema|signature)_invalid$/);
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (noise) => {
        const result = verifyKeySet(noise as never, expectation());
        expect(!result.ok && Object.hasOwn(ERROR_CODES, result.code)).toBe(true);
      }),
    );
  });

  test('whose payload is any JSON, signed by the trusted key, gets a value or a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (payload) => {
        const jws = await joseSigned(utf8(JSON.stringify(payload)), CURRENT.privateKey);
        const result = verifyKeySet(jws, expectation());
        expectRejected(result, 'schema_invalid');
      }),
      { numRuns: 50 },
    );
  });

  test('is a JWS to jose, both ways', async () => {
    const jws = await makeKeySet(setOf([]), signer);
    const publicKey = await importForJose();
    const { payload, protectedHeader } = await compactVerify(jws, publicKey, { algorithms: ['EdDSA'] });
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: CURRENT.key.kid, typ: KEY_SET_TYPE });
    const theirs = await joseSigned(payload, CURRENT.privateKey);
    expect(value(verifyKeySet(theirs, expectation())).keys).toHaveLength(1);
    const { privateKey: stranger } = generateKeyPairSync('ed25519');
    expectRejected(verifyKeySet(await joseSigned(payload, stranger), expectation()), 'signature_invalid');
  });

  test('without its own signing key, or with an ended one, is refused', async () => {
    const [own] = setOf([]).keys;
    if (own === undefined) throw new Error('no key');
    const ends = [
      { change: { state: 'revoked' as const }, path: '/keys/keys/0/state' },
      { change: { state: 'pending' as const }, path: '/keys/keys/0/state' },
      { change: { notAfter: NOW }, path: '/keys/keys/0/state' },
      { change: { key: OTHERS[0] ?? own.key }, path: '/keys/keys/0/state' },
      { change: { kid: 'another-name' }, path: '/keys' },
    ];
    for (const { change, path } of ends) {
      const jws = await makeKeySet(setOf([], { keys: [{ ...own, ...change }] }), signer);
      expectRejected(verifyKeySet(jws, expectation()), 'schema_invalid', path);
    }
  });

  test('has a version above the last one and not below the clock', () => {
    expect(nextSetVersion(null, NOW)).toBe(NOW);
    expect(nextSetVersion(NOW - 5, NOW)).toBe(NOW);
    expect(nextSetVersion(NOW, NOW)).toBe(NOW + 1);
    expect(nextSetVersion(NOW + 9, NOW)).toBe(NOW + 10);
  });
});

test('the committed vectors, read as another implementation would', () => {
  interface Vectors {
    readonly issuer: string;
    readonly now: number;
    readonly skew_seconds: number;
    readonly loaded_version: number;
    readonly keys: Readonly<Record<string, string>>;
    readonly sets: readonly { about: string; jws: string; code: string | null; path?: string }[];
  }
  const file = fileURLToPath(new URL('../vectors/key-set.json', import.meta.url));
  const vectors = readJson<Vectors>(file);
  for (const { about, jws, code, path } of vectors.sets) {
    const result = verifyKeySet(jws, {
      issuer: vectors.issuer,
      keys: (kid) => {
        const base64 = vectors.keys[kid];
        return base64 === undefined ? null : value(importPublicKey(base64));
      },
      now: vectors.now,
      skewSeconds: vectors.skew_seconds,
      loadedVersion: vectors.loaded_version,
    });
    expect([about, result.ok ? null : result.code]).toEqual([about, code]);
    if (!result.ok) expect([about, result.path]).toEqual([about, path]);
  }
  expect(new Set(vectors.sets.map(({ code }) => code)).size).toBe(6);
});

function joseSigned(payload: Uint8Array, privateKey: Parameters<CompactSign['sign']>[0]): Promise<string> {
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'EdDSA', kid: CURRENT.key.kid, typ: KEY_SET_TYPE })
    .sign(privateKey);
}

function importForJose(): ReturnType<typeof crypto.subtle.importKey> {
  return crypto.subtle.importKey('raw', Uint8Array.from(CURRENT.key.raw), 'Ed25519', false, ['verify']);
}
