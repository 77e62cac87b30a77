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
import { perfectRoot, splitHashes } from './tile-frontier.ts';
import { refuse, type TlogRejection, type TlogResult } from './tlog-result.ts';
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
  return (await hashRanges(read, size, [{ start: 0, end: size }])).first();
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
  return (await hashRanges(read, size, inclusionRanges(index, size))).all();
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
  return (await hashRanges(read, size, consistencyRanges(old, size))).all();
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

async function hashRanges(
  read: TileReader,
  size: number,
  ranges: readonly LeafRange[],
): Promise<RangeHashes> {
  const tiles = new TilesOnce(read, size);
  const hashes: Uint8Array[] = [];
  for (const range of ranges) {
    let hash: Uint8Array | null = null;
    for (const node of perfectSubtrees(range).reverse()) {
      const subtree = await tiles.nodeHash(node);
      if (!subtree.ok) return new RangeHashes([], subtree);
      hash = hash === null ? subtree.value : merkleNodeHash(subtree.value, hash);
    }
    if (hash !== null) hashes.push(hash);
  }
  return new RangeHashes(hashes, null);
}

class RangeHashes {
  readonly #hashes: Uint8Array[];
  readonly #refused: TlogRejection | null;

  constructor(hashes: Uint8Array[], refused: TlogRejection | null) {
    this.#hashes = hashes;
    this.#refused = refused;
  }

  all(): TlogResult<Uint8Array[]> {
    return this.#refused ?? accept(this.#hashes);
  }

  first(): TlogResult<Uint8Array> {
    return this.#refused ?? accept(this.#hashes[0] ?? emptyRoot());
  }
}

/** The tiles of one tree, each read once: the parts of a proof share most of them. */
class TilesOnce {
  readonly #read: TileReader;
  readonly #size: number;
  readonly #tiles = new Map<string, Uint8Array>();

  constructor(read: TileReader, size: number) {
    this.#read = read;
    this.#size = size;
  }

  async nodeHash(node: TreeNode): Promise<TlogResult<Uint8Array>> {
    const level = Math.floor(node.level / TILE_HEIGHT);
    const width = 2 ** (node.level % TILE_HEIGHT);
    const start = node.index * width;
    const index = Math.floor(start / TILE_WIDTH);
    const bytes = await this.#tile(level, index);
    if (!bytes.ok) return bytes;
    const offset = (start % TILE_WIDTH) * HASH_BYTES;
    return accept(perfectRoot(splitHashes(bytes.value.subarray(offset, offset + width * HASH_BYTES))));
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
