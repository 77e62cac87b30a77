import * as crypto from 'node:crypto';

/**
 * The one-shot `crypto.hash` (Node 20.12 and later) makes no Hash object: a third of the time for what is hashed here.
 * It is looked up, not imported by name, because older versions of Node 20 do not have it.
 */
const oneShot = (crypto as Partial<Pick<typeof crypto, 'hash'>>).hash;

export function sha256(data: Uint8Array | string): Uint8Array {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest()
    : oneShot('sha256', data, 'buffer');
}

export function sha256Hex(data: Uint8Array | string): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest('hex')
    : oneShot('sha256', data, 'hex');
}
