import { sha256 } from '#digest-backend';

/** Bytes of every hash of the tree: SHA-256. */
export const HASH_BYTES = 32;

/** RFC 9162 section 2.1.1: the root of the tree without leaves, SHA-256 of nothing. A copy on every call. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** RFC 9162 section 2.1.1: SHA-256(0x00 || entry), 32 bytes. */
export function merkleLeafHash(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input.set(entry, 1);
  return sha256(input);
}

/**
 * RFC 9162 section 2.1.1: SHA-256(0x01 || left || right), 32 bytes. The first byte keeps leaves and nodes apart, so
 * that nobody can show a node as an entry.
 * @param left 32 bytes. @param right 32 bytes.
 */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return sha256(input);
}
