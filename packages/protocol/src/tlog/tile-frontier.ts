import { concatBytes } from '../utf8.ts';
import { emptyRoot, HASH_BYTES, merkleNodeHash } from './merkle-hash.ts';
import { partialTilesOfTree, TILE_HEIGHT, TILE_LEVELS, TILE_WIDTH, type Tile } from './tile.ts';

/** A tile with its hashes, one after the other. */
export interface TileData {
  readonly tile: Tile & { readonly level: number };
  readonly bytes: Uint8Array;
}

/** A tile that has all its hashes. */
export interface FullTile extends TileData {
  /** Of the perfect tree over its hashes, 32 bytes: what the tile above holds of it. */
  readonly root: Uint8Array;
}

/**
 * The right edge of a growing tree: the partial tile of each level and the roots of its perfect subtrees, at most
 * 7 x 255 hashes and one a level of the tree. Appending a leaf costs one hash on average, and the root of the moment as
 * many as the tree has levels, whatever its size; so an integrator and a verifier of the whole log need no more memory.
 */
export class TileFrontier {
  #size = 0;
  /** By level of tiles: the hashes of its partial tile. */
  readonly #tiles: Uint8Array[][] = Array.from({ length: TILE_LEVELS }, () => []);
  /** By level of the tree: the root of the perfect subtree that the size has a binary digit for. */
  readonly #subtrees: (Uint8Array | null)[] = [];

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * The edge of a tree of `size` leaves, from its partial tiles.
   * @param bytesOf the hashes of a tile that `partialTilesOfTree(size)` lists, level by level.
   * @throws RangeError where a tile has another length than its width: what a store holds is compared with the root of
   * its checkpoint by the caller, and a wrong length would not even give a root.
   */
  static restore(size: number, bytesOf: (tile: TileData['tile']) => Uint8Array): TileFrontier {
    const frontier = new TileFrontier();
    frontier.#size = size;
    for (const tile of partialTilesOfTree(size)) {
      const bytes = bytesOf(tile);
      if (bytes.length !== tile.width * HASH_BYTES)
        throw new RangeError('a partial tile has the wrong length');
      frontier.#restoreLevel(tile.level, splitHashes(bytes));
    }
    return frontier;
  }

  /**
   * Appends one leaf.
   * @param leafHash 32 bytes, kept as they are: the caller must not change them.
   * @returns the tiles that became full by it, from level 0 up; nearly always none.
   * @throws RangeError for another length.
   */
  append(leafHash: Uint8Array): FullTile[] {
    if (leafHash.length !== HASH_BYTES) throw new RangeError('a leaf hash has 32 bytes');
    const full: FullTile[] = [];
    let hash = leafHash;
    let filled: TileData | null = null;
    this.#size += 1;
    for (let level = 0; ; level += 1) {
      if (level % TILE_HEIGHT === 0) {
        // The hash that leaves a full tile upwards is that of its perfect tree.
        if (filled !== null) full.push({ ...filled, root: hash });
        filled = this.#intoTile(level / TILE_HEIGHT, hash);
      }
      const left = this.#subtrees[level] ?? null;
      if (left === null) {
        this.#subtrees[level] = hash;
        return full;
      }
      this.#subtrees[level] = null;
      hash = merkleNodeHash(left, hash);
    }
  }

  /** The partial tiles of the tree as it is now, from level 0 up. */
  partialTiles(): TileData[] {
    return partialTilesOfTree(this.#size).map((tile) => ({
      tile,
      bytes: concatBytes(...(this.#tiles[tile.level] ?? [])),
    }));
  }

  /** The root of the tree as it is now, 32 bytes. */
  root(): Uint8Array {
    let root: Uint8Array | null = null;
    for (const subtree of this.#subtrees) {
      if (subtree !== null) root = root === null ? subtree : merkleNodeHash(subtree, root);
    }
    return root ?? emptyRoot();
  }

  /** Answers with the tile, where this was its last hash. */
  #intoTile(level: number, hash: Uint8Array): TileData | null {
    const hashes = this.#tiles[level];
    if (hashes === undefined) return null;
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return null;
    this.#tiles[level] = [];
    const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1;
    return { tile: { level, index, width: TILE_WIDTH }, bytes: concatBytes(...hashes) };
  }

  #restoreLevel(level: number, hashes: readonly Uint8Array[]): void {
    this.#tiles[level] = [...hashes];
    let at = 0;
    for (let bit = TILE_HEIGHT - 1; bit >= 0; bit -= 1) {
      const width = 2 ** bit;
      if (hashes.length - at < width) continue;
      this.#subtrees[level * TILE_HEIGHT + bit] = perfectRoot(hashes.slice(at, at + width));
      at += width;
    }
    // A hole would be undefined to `root`, which tells a missing subtree by null.
    for (let i = 0; i < this.#subtrees.length; i += 1) this.#subtrees[i] ??= null;
  }
}

/** The hashes of a tile, views on its bytes. */
export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

/** The root over a power of two of hashes. */
export function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(merkleNodeHash(level[i] ?? emptyRoot(), level[i + 1] ?? emptyRoot()));
    }
    level = above;
  }
  return level[0] ?? emptyRoot();
}
