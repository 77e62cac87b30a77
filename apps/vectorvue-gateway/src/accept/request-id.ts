import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
/** Asking the kernel for 16 bytes costs more than everything else about an id, so it is asked for 256 of them. */
const POOL = Buffer.alloc(RANDOM_BYTES * 256);
let used = POOL.length;

/** A UUIDv7 (RFC 9562), lower case: its order is that of time, to the millisecond. No byte of the pool is used twice. */
export function newRequestId(): string {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += RANDOM_BYTES;
  return v7({ random: POOL.subarray(used - RANDOM_BYTES, used) });
}
