import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';
import { importPublicKey, verifyEd25519 } from '../../dist/index.js';
import { NEVER_ACCEPT } from './test-keys.ts';

const { n: L, p: P } = Point.CURVE();

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytes32(scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse();
}

function scalarOf(...parts: readonly Uint8Array[]): bigint {
  return littleEndian(createHash('sha512').update(Buffer.concat(parts)).digest()) % L;
}

/** A point of order 8: what is left of one on the curve once its part in the prime-order subgroup is removed. */
const ORDER_8 = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const MESSAGE = Buffer.from('nyxera federation torsion vector');
const SECRET = scalarOf(Buffer.from('published test scalar'));
const PUBLIC = Point.BASE.multiply(SECRET);

/** R carries `index` times the point of order 8; S makes the equation hold but for that. */
function signatureWithTorsion(index: number): Buffer {
  const r = scalarOf(Buffer.from(`nonce ${index}`));
  const encoded = Point.BASE.multiply(r)
    .add(ORDER_8.multiply(BigInt(index), false))
    .toBytes();
  return completed(encoded, r);
}

function completed(encodedR: Uint8Array, r: bigint): Buffer {
  const k = scalarOf(encodedR, PUBLIC.toBytes(), MESSAGE);
  return Buffer.concat([encodedR, bytes32((r + k * SECRET) % L)]);
}

export function ed25519Vectors(): object {
  const good = signatureWithTorsion(0);
  const malleable = Buffer.concat([good.subarray(0, 32), bytes32(littleEndian(good.subarray(32)) + L)]);
  const signatures: Record<string, Buffer> = {
    honest: good,
    'S + L': malleable,
    'R is the identity, and the equation holds': completed(bytes32(1n), 0n),
    'R is the identity in a non-canonical encoding': completed(bytes32(P + 1n), 0n),
    '63 bytes': good.subarray(0, 63),
    '65 bytes': Buffer.concat([good, Buffer.alloc(1)]),
  };
  for (let index = 1; index < 8; index++) {
    signatures[`R with torsion component ${index}`] = signatureWithTorsion(index);
  }
  const imported = importPublicKey(PUBLIC.toBytes());
  if (!imported.ok) {
    throw new Error(imported.detail);
  }
  return {
    about: `PROTOCOL.md section 3. Hex. ${NEVER_ACCEPT}`,
    keys: Object.entries(keys()).map(([about, key]) => {
      const result = importPublicKey(key);
      return {
        about,
        key: Buffer.from(key).toString('hex'),
        ...(result.ok ? { kid: result.value.kid } : { code: result.code }),
      };
    }),
    public_key: PUBLIC.toHex(),
    message: MESSAGE.toString('hex'),
    signatures: Object.entries(signatures).map(([about, signature]) => ({
      about,
      signature: signature.toString('hex'),
      valid: verifyEd25519(imported.value, MESSAGE, signature),
    })),
  };
}

function keys(): Readonly<Record<string, Uint8Array>> {
  return {
    'a good key': PUBLIC.toBytes(),
    'all zero': new Uint8Array(32),
    'all bytes the same': new Uint8Array(32).fill(0x41),
    'the identity': Point.ZERO.toBytes(),
    'order 2': bytes32(P - 1n),
    'order 8': ORDER_8.toBytes(),
    'mixed order': PUBLIC.add(ORDER_8).toBytes(),
    'y = p + 3, not canonical': bytes32(P + 3n),
    'not on the curve': bytes32(2n),
    '31 bytes': new Uint8Array(31).map((_, i) => i),
  };
}
