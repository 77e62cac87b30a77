import { accept } from '../result.ts';
import { emptyRoot, HASH_BYTES, merkleNodeHash } from './merkle-hash.ts';
import {
  consistencyRanges,
  inclusionRanges,
  isTreeSize,
  type LeafRange,
  perfectSubtrees,
  type TreeNode,
} from './merkle-ranges.ts';
import { TILE_HEIGHT, TILE_WIDTH, type Tile, tileWidth } from './tile.ts';
import { refuse, type TlogResult } from './tlog-result.ts';
import { type TreeHead, verifyConsistency, verifyInclusion } from './verify-proof.ts';

/**
 * Reads the hashes of one tile (`width` x 32 bytes), from a database or over the network. May reject; that passes
 * through. A reader that gets a full tile where a partial one was asked for cuts it itself.
 */
export type TileReader = (tile: Tile & { readonly level: number }) => Promise<Uint8Array>;

/**
 * The root of the tree of `size` leaves, from tiles. It proves nothing by itself: compare it with a signed one.
 * @returns `tile_malformed` where a tile has the wrong length.
 */
export async function rootFromTiles(read: TileReader, size: number): Promise<TlogResult<Uint8Array>> {
  if (size === 0) return accept(emptyRoot());
  const whole = await new TilesOnce(read, size).rangeHashes([{ start: 0, end: size }]);
  return whole.ok ? accept(whole.value[0] ?? emptyRoot()) : whole;
}

/**
 * The inclusion proof of leaf `index` in the tree of `size` leaves, each tile read once. It is as true as the tiles:
 * verify it against a signed root (`verifyInclusion`).
 * @returns `proof_malformed` where the tree has no such leaf, `tile_malformed` where a tile has the wrong length.
 */
export async function proveInclusionFromTiles(
  read: TileReader,
  index: number,
  size: number,
): Promise<TlogResult<Uint8Array[]>> {
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size) {
    return refuse('proof_malformed', 'the tree has no leaf of this index');
  }
  return new TilesOnce(read, size).rangeHashes(inclusionRanges(index, size));
}

/**
 * The same for many leaves of one tree, in the order given; what their paths share is read and hashed once. A receipt
 * for a batch is a thousand neighbours.
 */
export async function proveInclusionsFromTiles(
  read: TileReader,
  indices: readonly number[],
  size: number,
): Promise<TlogResult<Uint8Array[][]>> {
  const tiles = new TilesOnce(read, size);
  const proofs: Uint8Array[][] = [];
  for (const index of indices) {
    if (!isTreeSize(size) || !isTreeSize(index) || index >= size) {
      return refuse('proof_malformed', 'the tree has no leaf of this index');
    }
    const proof = await tiles.rangeHashes(inclusionRanges(index, size));
    if (!proof.ok) return proof;
    proofs.push(proof.value);
  }
  return accept(proofs);
}

/**
 * The proof that the tree of `size` leaves continues that of `old` leaves; verify it (`verifyConsistency`).
 * @returns `proof_malformed` unless 0 < old <= size, `tile_malformed` where a tile has the wrong length.
 */
export async function proveConsistencyFromTiles(
  read: TileReader,
  old: number,
  size: number,
): Promise<TlogResult<Uint8Array[]>> {
  if (!isTreeSize(size) || !isTreeSize(old) || old === 0 || old > size) {
    return refuse('proof_malformed', 'there is no such older tree');
  }
  return new TilesOnce(read, size).rangeHashes(consistencyRanges(old, size));
}

/**
 * What a witness does: reads tiles of `now` from whoever serves them and decides whether it continues `old`, which it
 * remembers. Both roots are signed claims, the tiles are not trusted. Every tree continues one without leaves.
 * @returns `tree_shrunk`; `tree_forked` where the tiles do not show that it continues it, which also is what a log
 * that serves wrong tiles gets; `tile_malformed`.
 */
export async function checkContinuation(
  read: TileReader,
  old: TreeHead,
  now: TreeHead,
): Promise<TlogResult<null>> {
  if (old.size === 0) return accept(null);
  if (now.size <= old.size) return verifyConsistency(old, now, []);
  const proof = await proveConsistencyFromTiles(read, old.size, now.size);
  if (!proof.ok) return proof;
  const verified = verifyConsistency(old, now, proof.value);
  if (verified.ok || verified.code !== 'proof_mismatch') return verified;
  return refuse('tree_forked', `the tree of ${now.size} leaves does not continue that of ${old.size}`);
}

/**
 * That the leaf with this hash is entry `index` of the signed tree `head`, by tiles that are not trusted.
 * @returns as `proveInclusionFromTiles` and `verifyInclusion`.
 */
export async function checkInclusion(
  read: TileReader,
  head: TreeHead,
  index: number,
  leafHash: Uint8Array,
): Promise<TlogResult<null>> {
  const proof = await proveInclusionFromTiles(read, index, head.size);
  return proof.ok ? verifyInclusion(head, index, leafHash, proof.value) : proof;
}

/** The tiles of one tree, each read once, and the subtrees in them, each hashed once. */
class TilesOnce {
  readonly #read: TileReader;
  readonly #size: number;
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #nodes = new Map<string, Uint8Array>();

  constructor(read: TileReader, size: number) {
    this.#read = read;
    this.#size = size;
  }

  async rangeHashes(ranges: readonly LeafRange[]): Promise<TlogResult<Uint8Array[]>> {
    const hashes: Uint8Array[] = [];
    for (const range of ranges) {
      let hash: Uint8Array | null = null;
      for (const node of perfectSubtrees(range).reverse()) {
        const subtree = await this.#nodeHash(node);
        if (!subtree.ok) return subtree;
        hash = hash === null ? subtree.value : merkleNodeHash(subtree.value, hash);
      }
      if (hash !== null) hashes.push(hash);
    }
    return accept(hashes);
  }

  async #nodeHash(node: TreeNode): Promise<TlogResult<Uint8Array>> {
    const level = Math.floor(node.level / TILE_HEIGHT);
    const start = node.index * 2 ** (node.level % TILE_HEIGHT);
    const bytes = await this.#tile(level, Math.floor(start / TILE_WIDTH));
    return bytes.ok ? accept(this.#hashWithin(bytes.value, node)) : bytes;
  }

  /** The node lies in this tile whole: what is below it there, too. */
  #hashWithin(tile: Uint8Array, { level, index }: TreeNode): Uint8Array {
    if (level % TILE_HEIGHT === 0) {
      const offset = (index % TILE_WIDTH) * HASH_BYTES;
      return tile.subarray(offset, offset + HASH_BYTES);
    }
    const name = `${level}/${index}`;
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const left = this.#hashWithin(tile, { level: level - 1, index: index * 2 });
    const hash = merkleNodeHash(left, this.#hashWithin(tile, { level: level - 1, index: index * 2 + 1 }));
    this.#nodes.set(name, hash);
    return hash;
  }

  async #tile(level: number, index: number): Promise<TlogResult<Uint8Array>> {
    const name = `${level}/${index}`;
    const known = this.#tiles.get(name);
    if (known !== undefined) return accept(known);
    const width = tileWidth(level, index, this.#size);
    if (width === null) return refuse('tile_malformed', 'the tree has no such tile');
    const bytes = await this.#read({ level, index, width });
    if (bytes.length !== width * HASH_BYTES) {
      return refuse('tile_malformed', 'a tile has another length than its place in the tree gives it');
    }
    this.#tiles.set(name, bytes);
    return accept(bytes);
  }
}
