import { accept } from '../result.ts';
import { equalBytes } from '../utf8.ts';
import { HASH_BYTES, merkleNodeHash } from './merkle-hash.ts';
import { isTreeSize } from './merkle-ranges.ts';
import { refuse, type TlogRejection, type TlogResult } from './tlog-result.ts';

/** A tree as somebody signed or remembers it. */
export interface TreeHead {
  /** Number of leaves; a safe integer. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** Beyond it no proof can belong to a tree whose size is a safe integer; refused before anything is hashed. */
const MAX_PROOF_HASHES = 64;

/**
 * RFC 9162 section 2.1.3.2: that the leaf with this hash is entry `index` of the tree. Index, hashes and proof may
 * come from anywhere; the head must be trusted.
 * @param proof hashes of 32 bytes, the leaf's neighbour first.
 * @returns `proof_malformed` where index, sizes or lengths do not fit together, `proof_mismatch` where the proof leads
 * to another root. Never throws.
 */
export function verifyInclusion(
  head: TreeHead,
  index: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
): TlogResult<null> {
  if (!isTreeSize(head.size) || !isTreeSize(index)) return malformed('index and size are whole numbers');
  if (index >= head.size) return malformed('the tree has no leaf of this index');
  const wrong = wrongHashes([head.root, leafHash, ...proof], proof.length);
  if (wrong !== null) return wrong;
  let fn = index;
  let sn = head.size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (sn === 0) return malformed('the proof is longer than the path to the root');
    if (fn % 2 === 1 || fn === sn) {
      hash = merkleNodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = merkleNodeHash(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) return malformed('the proof is shorter than the path to the root');
  return equalBytes(hash, head.root) ? accept(null) : mismatch();
}

/**
 * RFC 9162 section 2.1.4.2: that the tree `now` continues the tree `old`, with nothing removed, changed or inserted
 * among its leaves. Both heads are claims; the proof ties them together.
 *
 * Equal sizes: the proof is empty and the roots are equal, byte for byte. From a tree without leaves nothing can be
 * proven, and it is refused rather than taken for a proof.
 * @returns `proof_malformed`, `tree_shrunk` where `now` is smaller, `tree_forked` for two roots of one size, and
 * `proof_mismatch` where the proof leads to another root. Never throws.
 */
export function verifyConsistency(
  old: TreeHead,
  now: TreeHead,
  proof: readonly Uint8Array[],
): TlogResult<null> {
  if (!isTreeSize(old.size) || !isTreeSize(now.size)) return malformed('sizes are whole numbers');
  if (now.size < old.size)
    return refuse('tree_shrunk', `${now.size} leaves, where there were ${old.size} before`);
  if (old.size === 0) return malformed('nothing can be proven from a tree without leaves');
  if (old.size === now.size) {
    if (proof.length > 0) return malformed('between trees of one size the proof is empty');
    return equalBytes(old.root, now.root)
      ? accept(null)
      : refuse('tree_forked', `two roots for ${old.size} leaves`);
  }
  const wrong = wrongHashes([old.root, now.root, ...proof], proof.length);
  if (wrong !== null) return wrong;
  let fn = old.size - 1;
  let sn = now.size - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  // Where the old tree is perfect its root begins the path and is left out of the proof.
  const path = fn === 0 ? [old.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return malformed('the proof is empty');
  let oldHash = first;
  let newHash = first;
  for (const sibling of path) {
    if (sn === 0) return malformed('the proof is longer than the path to the root');
    if (fn % 2 === 1 || fn === sn) {
      oldHash = merkleNodeHash(sibling, oldHash);
      newHash = merkleNodeHash(sibling, newHash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      newHash = merkleNodeHash(newHash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) return malformed('the proof is shorter than the path to the root');
  return equalBytes(oldHash, old.root) && equalBytes(newHash, now.root) ? accept(null) : mismatch();
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function wrongHashes(hashes: readonly Uint8Array[], proofLength: number): TlogRejection | null {
  if (proofLength > MAX_PROOF_HASHES) return malformed('no proof has so many hashes');
  return hashes.every((hash) => hash.length === HASH_BYTES) ? null : malformed('a hash is not 32 bytes long');
}

function malformed(detail: string): TlogRejection {
  return refuse('proof_malformed', detail);
}

function mismatch(): TlogRejection {
  return refuse('proof_mismatch', 'the proof leads to another root');
}
