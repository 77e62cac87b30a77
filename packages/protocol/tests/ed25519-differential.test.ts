import { createPrivateKey } from 'node:crypto';
import { expect, jest, test } from '@jest/globals';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { importPublicKey, verifyEd25519Async, verifyEd25519Portable } from '../src/ed25519.ts';
import { agreed, verdict } from './backends.ts';
import { SLOW, signWith, testKey, utf8, value } from './support.ts';

jest.setTimeout(SLOW);

const L = Point.CURVE().n;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

function seedKey(seed: Uint8Array) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

type Mutation = (signature: Uint8Array, choice: number) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (signature) => signature,
  (signature, choice) => signature.map((byte, i) => (i === choice % 64 ? byte ^ (1 << (choice % 8)) : byte)),
  (signature) => {
    let s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + L;
    const out = Uint8Array.from(signature);
    for (let i = 32; i < 64; i++, s >>= 8n) {
      out[i] = Number(s & 0xffn);
    }
    return out;
  },
  (signature) => Uint8Array.from([...signature.subarray(32), ...signature.subarray(0, 32)]),
  (signature, choice) => signature.subarray(0, choice % 65),
  (signature) => signature.map((byte, i) => (i === 31 ? byte ^ 0x80 : byte)),
];

test('both backends give the same answer for random keys, messages and mutated signatures', () => {
  fc.assert(
    fc.property(
      bytes(32),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(MUTATIONS.length - 1),
      fc.nat(),
      (seed, message, which, choice) => {
        const privateKey = seedKey(seed);
        const jwk = privateKey.export({ format: 'jwk' });
        const key = value(importPublicKey(Uint8Array.from(Buffer.from(String(jwk.x), 'base64url'))));
        const honest = signWith(privateKey, message);
        const mutated = MUTATIONS[which]?.(honest, choice) ?? honest;
        const same = Buffer.from(mutated).equals(Buffer.from(honest));
        expect(agreed(key, message, mutated)).toBe(same);
      },
    ),
    { numRuns: 300, seed: 2, endOnFailure: true },
  );
});

test('both backends give the same answer for arbitrary bytes as key and signature', () => {
  let usable = 0;
  fc.assert(
    fc.property(bytes(32), bytes(64), (rawKey, signature) => {
      const clamped = signature.map((byte, i) => (i === 63 ? byte & 0x0f : byte));
      const decided = verdict(rawKey, utf8('m'), clamped);
      expect(decided).not.toBe('valid');
      usable += decided === 'invalid' ? 1 : 0;
    }),
    { numRuns: 300, seed: 3 },
  );
  // Half of all encodings are points, an eighth of those are in the subgroup.
  expect(usable).toBeGreaterThan(0);
});

test('sign and verify round-trip, synchronously, on the thread pool and portably', async () => {
  const { privateKey, key } = testKey(1);
  for (const length of [0, 1, 127, 128, 1200]) {
    const message = new Uint8Array(length).fill(length);
    const signature = signWith(privateKey, message);
    expect(agreed(key, message, signature)).toBe(true);
    expect(await verifyEd25519Async(key, message, signature)).toBe(true);
    expect(await verifyEd25519Async(key, utf8('other'), signature)).toBe(false);
    expect(await verifyEd25519Async(key, message, signature.subarray(1))).toBe(false);
    expect(verifyEd25519Portable(testKey(2).key, message, signature)).toBe(false);
  }
});
