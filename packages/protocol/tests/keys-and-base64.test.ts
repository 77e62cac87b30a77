import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { decodeBase64Strict, decodeSignature, encodeBase64 } from '../src/ed25519.ts';
import {
  DEFAULT_NONCE_TTL_SECONDS,
  DEFAULT_SKEW_SECONDS,
  isFresh,
  minimumNonceTtl,
} from '../src/freshness.ts';
import { fromJwk, isKid, type JwkExtra, parseJwkSet, thumbprint, toJwk } from '../src/key-id.ts';
import { expectRejected, received, testKey, value } from './support.ts';

const { key } = testKey(1);
const other = testKey(2).key;

describe('base64', () => {
  test('agrees with Buffer for every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64Strict(text)).toEqual(bytes);
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });
  test('one text for every byte string: whatever decodes is what would be encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'AQgwz09+/=-_ \n\u00e9\u0141'), maxLength: 12 }),
        (text) => {
          const bytes = decodeBase64Strict(text);
          expect(bytes === null || encodeBase64(bytes) === text).toBe(true);
        },
      ),
      { numRuns: 20_000, seed: 5 },
    );
  });
  test('refused', () => {
    for (const text of [
      'A',
      'AA',
      'AAA',
      'AB==',
      'AAB=',
      'AA=A',
      '=AAA',
      '====',
      'A===',
      'AAAA=',
      'AA==AA==',
      'AA-_',
      ' AAA',
      'AAA\n',
    ]) {
      expect(decodeBase64Strict(text)).toBeNull();
    }
    expect(decodeBase64Strict('')).toEqual(new Uint8Array());
  });
  test('a signature is 64 bytes', () => {
    for (const length of [0, 63, 65, 66]) {
      expect(decodeSignature(Buffer.alloc(length).toString('base64'))).toBeNull();
    }
    expect(decodeSignature(Buffer.alloc(64, 1).toString('base64'))).toEqual(new Uint8Array(64).fill(1));
  });
});

describe('kid', () => {
  test('is the RFC 7638 thumbprint, as jose computes it, and the one of RFC 8037 appendix A.3', async () => {
    for (const one of [key, other]) {
      const { kty, crv, x } = toJwk(one);
      expect(one.kid).toBe(await calculateJwkThumbprint({ kty, crv, x }));
      expect(thumbprint(one.raw)).toBe(one.kid);
      expect(isKid(one.kid)).toBe(true);
    }
    const rfc = Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url');
    expect(thumbprint(rfc)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
  test('or a name', () => {
    expect(['default', 'kid-001', 'A.z_9', 'x'.repeat(64)].every(isKid)).toBe(true);
    expect(['', 'a b', 'a|b', 'a/b', 'é', 'x'.repeat(65), 'a\n'].some(isKid)).toBe(false);
  });
});

describe('JWK', () => {
  const jwk = (changes: object = {}) => received({ ...toJwk(key), ...changes });
  test('round trip', () => {
    expect(value(fromJwk(jwk())).toBase64()).toBe(key.toBase64());
  });
  test('refused', () => {
    const bad: readonly object[] = [
      { kty: 'EC' },
      { crv: 'X25519' },
      { x: undefined },
      { x: 1 },
      { x: `${toJwk(key).x}=` },
      { x: toJwk(key).x.slice(1) },
      { x: key.toBase64() },
      { x: `${toJwk(key).x.slice(0, 42)}${nextCharacter(toJwk(key).x.charAt(42))}` },
      { x: Buffer.alloc(32, 1).toString('base64url') },
      { d: 'secret' },
      { d: null },
    ];
    for (const changes of bad) {
      expectRejected(fromJwk(jwk(changes)), 'key_invalid');
    }
    for (const json of [null, 1, 1.5, 'x', []]) {
      expectRejected(fromJwk(received(json)), 'key_invalid');
    }
  });
});

/** The same value with an unused bit set: 43 characters carry 258 bits, two more than the key has. */
function nextCharacter(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(character) ^ 1);
}

describe('JWK Set', () => {
  const declared: JwkExtra = {
    kid: 'k1',
    use: 'sig',
    purpose: ['telemetry', 'evidence'],
    tenants: ['t'],
    nbf: 1,
    exp: 2,
    state: 'active',
  };
  test('keys with what was declared about them', () => {
    const set = value(parseJwkSet(received({ keys: [toJwk(key, declared), toJwk(other)], future: 1 })));
    expect(set.map(({ key: one, ...rest }) => ({ ...rest, x: one.kid }))).toEqual([
      {
        kid: 'k1',
        purposes: ['telemetry', 'evidence'],
        tenants: ['t'],
        notBefore: 1,
        notAfter: 2,
        state: 'active',
        x: key.kid,
      },
      {
        kid: other.kid,
        purposes: null,
        tenants: null,
        notBefore: null,
        notAfter: null,
        state: null,
        x: other.kid,
      },
    ]);
    expect(value(parseJwkSet(received({ keys: [] })))).toEqual([]);
  });
  test('one bad key refuses the set and is named', () => {
    const bad: readonly object[] = [
      { kid: 'a b' },
      { kid: 1 },
      { use: 'enc' },
      { alg: 'ES256' },
      { purpose: 'telemetry' },
      { purpose: ['signing'] },
      { tenants: [1] },
      { nbf: '1' },
      { exp: -1 },
      { exp: 1.5 },
      { state: 'ACTIVE' },
      { d: 'secret' },
    ];
    for (const changes of bad) {
      expectRejected(
        parseJwkSet(received({ keys: [toJwk(other), { ...toJwk(key), ...changes }] })),
        'key_invalid',
        '/keys/1',
      );
    }
    expectRejected(parseJwkSet(received({ keys: [toJwk(key), toJwk(key)] })), 'key_invalid', '/keys/1');
    expectRejected(parseJwkSet(received({ keys: Array(257).fill({}) })), 'key_invalid');
    for (const json of [null, [], {}, { keys: {} }, { keys: 'x' }, 1.5]) {
      expectRejected(parseJwkSet(received(json)), 'key_invalid');
    }
  });
});

test('freshness: equality passes; the nonce outlives the window', () => {
  expect([70, 69.999, 130, 130.001].map((now) => isFresh(100, now))).toEqual([true, false, true, false]);
  expect(isFresh(Number.NaN, 100)).toBe(false);
  expect(isFresh(100, 105, 4)).toBe(false);
  expect(minimumNonceTtl(30)).toBe(66);
  expect(DEFAULT_NONCE_TTL_SECONDS).toBeGreaterThanOrEqual(minimumNonceTtl(DEFAULT_SKEW_SECONDS));
});
