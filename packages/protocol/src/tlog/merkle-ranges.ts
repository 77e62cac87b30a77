/**
 * Which parts of the tree a proof is made of (RFC 9162 sections 2.1.3 and 2.1.4), without a hash: the same lists
 * serve whoever holds all leaves and whoever reads tiles. Sizes are safe integers, so nothing here uses the 32-bit
 * operators.
 */

/** Leaves `start` up to and without `end`; its hash is MTH(D[start:end]). */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** A perfect subtree: the 2^level leaves from index * 2^level on. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** The largest power of two that is smaller than `count`, which is at least 2: where RFC 9162 splits a tree. */
function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

export function isTreeSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** What proves leaf `index` in a tree of `size`, the leaf's neighbour first. Needs 0 <= index < size. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/** What proves that a tree of `size` continues one of `old`, the smallest part first. Needs 0 < old <= size. */
export function consistencyRanges(old: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end !== old) {
    const middle = start + splitPoint(end - start);
    if (old <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // A part that begins at the first leaf is the old tree itself, whose root the verifier has.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The perfect subtrees that a range of those above is made of, from the left, the largest first. */
export function perfectSubtrees(range: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  let start = range.start;
  while (start < range.end) {
    let width = 1;
    let level = 0;
    while (width * 2 <= range.end - start) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}
