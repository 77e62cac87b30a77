import { emptyRoot, merkleNodeHash } from './merkle-hash.ts';
import { consistencyRanges, inclusionRanges, isTreeSize } from './merkle-ranges.ts';

/**
 * The tree of RFC 9162 section 2.1 over leaf hashes that are all at hand: for tests, small logs and whoever wants to
 * compare. A log of any size is read through tiles (`prove-from-tiles.ts`).
 */

/** MTH over leaf hashes of 32 bytes each, 32 bytes. */
export function merkleRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  return leafHashes.length === 0 ? emptyRoot() : rangeHash(leafHashes, 0, leafHashes.length);
}

/**
 * The proof that leaf `index` is in the tree over these leaf hashes: at most 53 hashes.
 * @throws RangeError where there is no such leaf.
 */
export function proveInclusion(leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!isTreeSize(index) || index >= leafHashes.length) throw new RangeError('the tree has no such leaf');
  return inclusionRanges(index, leafHashes.length).map(({ start, end }) => rangeHash(leafHashes, start, end));
}

/**
 * The proof that the tree over these leaf hashes continues the one over the first `old` of them.
 * @throws RangeError unless 0 < old <= the number of leaves: every tree continues the empty one.
 */
export function proveConsistency(leafHashes: readonly Uint8Array[], old: number): Uint8Array[] {
  if (!isTreeSize(old) || old === 0 || old > leafHashes.length) {
    throw new RangeError('there is no such older tree');
  }
  return consistencyRanges(old, leafHashes.length).map(({ start, end }) => rangeHash(leafHashes, start, end));
}

function rangeHash(leafHashes: readonly Uint8Array[], start: number, end: number): Uint8Array {
  const [first] = leafHashes.slice(start, start + 1);
  if (first === undefined) throw new RangeError('the tree has no such leaf');
  if (end - start === 1) return first;
  let width = 1;
  while (width * 2 < end - start) width *= 2;
  return merkleNodeHash(
    rangeHash(leafHashes, start, start + width),
    rangeHash(leafHashes, start + width, end),
  );
}
