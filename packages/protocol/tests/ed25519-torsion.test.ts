import { createHash } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { Point } from '@noble/ed25519';
import { importPublicKey } from '../src/ed25519.ts';
import { agreed, verdict } from './backends.ts';
import { expectRejected, SLOW, utf8, value } from './support.ts';

jest.setTimeout(SLOW);

const L = Point.CURVE().n;
const P = Point.CURVE().p;

function scalarOf(...parts: readonly Uint8Array[]): bigint {
  const hash = createHash('sha512');
  for (const part of parts) {
    hash.update(part);
  }
  return littleEndian(hash.digest()) % L;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytes32(scalar: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse());
}

/** The eight points of the torsion subgroup: multiples of one of order 8. */
function torsionPoints(): readonly Point[] {
  for (let y = 2n; ; y++) {
    let candidate: Point;
    try {
      candidate = Point.fromBytes(bytes32(y))
        .multiply(L - 1n, false)
        .add(Point.fromBytes(bytes32(y)));
    } catch {
      continue;
    }
    if (!candidate.double().double().is0()) {
      const points = [Point.ZERO];
      for (let i = 1; i < 8; i++) {
        points.push((points[i - 1] ?? Point.ZERO).add(candidate));
      }
      return points;
    }
  }
}

const TORSION = torsionPoints();
const secret = scalarOf(utf8('secret'));
const A = Point.BASE.multiply(secret);
const rawKey = A.toBytes();

/** A signature over `message` whose nonce point is `r*B + T`; S makes the equation hold but for T. */
function signatureWith(torsion: Point, message: Uint8Array, r: bigint): Uint8Array {
  const R = (r === 0n ? Point.ZERO : Point.BASE.multiply(r)).add(torsion).toBytes();
  const k = scalarOf(R, rawKey, message);
  return Uint8Array.from([...R, ...bytes32((r + k * secret) % L)]);
}

test('the torsion subgroup has eight different points, of which the first is the identity', () => {
  expect(new Set(TORSION.map((point) => point.toHex())).size).toBe(8);
  expect(TORSION.every((point) => point.clearCofactor().is0())).toBe(true);
  expect(TORSION[0]?.is0()).toBe(true);
});

describe('a signature whose R carries a torsion component: same answer on both backends', () => {
  const key = value(importPublicKey(rawKey));
  for (const [index, torsion] of TORSION.entries()) {
    test(`component ${index}: ${index === 0 ? 'accepted' : 'refused'}`, () => {
      for (const message of [utf8(''), utf8('message'), new Uint8Array(5000)]) {
        const signature = signatureWith(torsion, message, scalarOf(utf8(`nonce ${index}`), message));
        expect(agreed(key, message, signature)).toBe(index === 0);
      }
    });
    test(`R of small order, component ${index}: ${index === 0 ? 'accepted' : 'refused'}`, () => {
      expect(agreed(key, utf8('small'), signatureWith(torsion, utf8('small'), 0n))).toBe(index === 0);
    });
  }
});

describe('encodings that say the same in another way are refused', () => {
  const message = utf8('m');
  const good = signatureWith(Point.ZERO, message, 7n);

  test('the honest signature is accepted', () => {
    expect(verdict(rawKey, message, good)).toBe('valid');
  });

  test('S + L', () => {
    const s = littleEndian(good.subarray(32)) + L;
    expect(verdict(rawKey, message, Uint8Array.from([...good.subarray(0, 32), ...bytes32(s)]))).toBe(
      'invalid',
    );
  });

  test('S = L, S = L - 1, S = 2^256 - 1', () => {
    for (const s of [L, L - 1n, 2n ** 256n - 1n]) {
      expect(verdict(rawKey, message, Uint8Array.from([...good.subarray(0, 32), ...bytes32(s)]))).toBe(
        'invalid',
      );
    }
  });

  test('a non-canonical R that decodes to the recomputed one', () => {
    // R is the identity; y = 1 may be written as p + 1, and x = 0 with its sign bit set.
    const honest = signatureWith(Point.ZERO, message, 0n);
    expect(verdict(rawKey, message, honest)).toBe('valid');
    const negativeZero = bytes32(1n);
    negativeZero[31] = 0x80;
    for (const r of [bytes32(P + 1n), negativeZero]) {
      const k = scalarOf(r, rawKey, message);
      expect(verdict(rawKey, message, Uint8Array.from([...r, ...bytes32((k * secret) % L)]))).toBe('invalid');
      expect(verdict(rawKey, message, Uint8Array.from([...r, ...honest.subarray(32)]))).toBe('invalid');
    }
  });

  test('lengths other than 64', () => {
    for (const length of [0, 1, 63, 65, 128]) {
      const other = new Uint8Array(length);
      other.set(good.subarray(0, Math.min(length, 64)));
      expect(verdict(rawKey, message, other)).toBe('invalid');
    }
  });
});

describe('keys', () => {
  for (const [index, torsion] of TORSION.entries()) {
    test(`the torsion point ${index} is refused, and so is an honest key plus it`, () => {
      expectRejected(importPublicKey(torsion.toBytes()), 'key_invalid');
      const mixed = importPublicKey(A.add(torsion).toBytes());
      expect(mixed.ok).toBe(index === 0);
    });
  }

  test('every non-canonical encoding is refused: y from p to 2^255 - 1, both signs', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      const encoded = bytes32(y);
      expectRejected(importPublicKey(encoded), 'key_invalid');
      encoded[31] = (encoded[31] ?? 0) | 0x80;
      expectRejected(importPublicKey(encoded), 'key_invalid');
    }
  });

  test('x = 0 with its sign bit set is refused', () => {
    for (const y of [1n, P - 1n]) {
      const encoded = bytes32(y);
      encoded[31] = (encoded[31] ?? 0) | 0x80;
      expectRejected(importPublicKey(encoded), 'key_invalid');
    }
  });

  test('placeholders are refused by name', () => {
    for (const byte of [0, 1, 0x41, 0xff]) {
      const refused = importPublicKey(new Uint8Array(32).fill(byte));
      expectRejected(refused, 'key_invalid');
      expect(refused.ok ? '' : refused.detail).toContain('placeholder');
    }
  });

  test('lengths other than 32, bad base64, points off the curve are refused', () => {
    for (const length of [0, 31, 33, 64]) {
      expectRejected(importPublicKey(new Uint8Array(length).map((_, i) => i)), 'key_invalid');
    }
    expectRejected(importPublicKey('not base64'), 'key_invalid');
    expectRejected(importPublicKey(bytes32(2n)), 'key_invalid');
  });

  test('a key cannot be made or changed around its validation', () => {
    const given = Uint8Array.from(rawKey);
    const key = value(importPublicKey(given));
    given.fill(0);
    key.raw.fill(0);
    expect(key.raw).toEqual(Uint8Array.from(rawKey));
    const Constructor = key.constructor as unknown as new (...args: readonly unknown[]) => unknown;
    expect(() => new Constructor(new Uint8Array(32), Symbol('validated'))).toThrow(TypeError);
  });
});
