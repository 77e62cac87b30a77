import { merkleNodeHash } from '@nyxera/federation-protocol/tlog';

/** One step from a leaf to the root, for whoever draws it. */
export interface PathStep {
  /** The hash that the proof gives. */
  readonly sibling: Uint8Array;
  readonly side: 'left' | 'right';
  /** What the two make together. */
  readonly hash: Uint8Array;
}

/**
 * The steps of an inclusion proof that was verified before: RFC 9162 section 2.1.3.2 without its checks. The last hash is the
 * root.
 */
export function merklePath(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): readonly PathStep[] {
  const steps: PathStep[] = [];
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    const isLeft = fn % 2 === 1 || fn === sn;
    hash = isLeft ? merkleNodeHash(sibling, hash) : merkleNodeHash(hash, sibling);
    steps.push({ sibling, side: isLeft ? 'left' : 'right', hash });
    // Levels at which the right edge has no neighbour are skipped.
    if (isLeft) while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return steps;
}
