import { concatBytes } from '../utf8.ts';
import { emptyRoot, HASH_BYTES, merkleNodeHash } from './merkle-hash.ts';
import { partialTilesOfTree, TILE_LEVELS, TILE_WIDTH, type Tile } from './tile.ts';

/** A tile with its hashes, one after the other. */
export interface TileData {
  readonly tile: Tile & { readonly level: number };
  readonly bytes: Uint8Array;
}

/**
 * The right edge of a growing tree: the partial tile of each level and nothing else, at most 7 x 255 hashes. Appending
 * a leaf costs one hash on average whatever the size of the tree, and the root of the moment comes from the edge alone;
 * so an integrator and a verifier of the whole log need no more memory than this.
 */
export class TileFrontier {
  #size = 0;
  readonly #levels: Uint8Array[][] = [];

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
      frontier.#level(tile.level).push(...splitHashes(bytes));
    }
    return frontier;
  }

  /**
   * Appends one leaf.
   * @param leafHash 32 bytes, kept as they are: the caller must not change them.
   * @returns the tiles that became full by it, from level 0 up; nearly always none.
   * @throws RangeError for another length.
   */
  append(leafHash: Uint8Array): TileData[] {
    if (leafHash.length !== HASH_BYTES) throw new RangeError('a leaf hash has 32 bytes');
    const full: TileData[] = [];
    let hash = leafHash;
    this.#size += 1;
    for (let level = 0; level < TILE_LEVELS; level += 1) {
      const hashes = this.#level(level);
      hashes.push(hash);
      if (hashes.length < TILE_WIDTH) break;
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1;
      full.push({ tile: { level, index, width: TILE_WIDTH }, bytes: concatBytes(...hashes) });
      hash = perfectRoot(hashes);
      this.#levels[level] = [];
    }
    return full;
  }

  /** The partial tiles of the tree as it is now, from level 0 up. */
  partialTiles(): TileData[] {
    return partialTilesOfTree(this.#size).map((tile) => ({
      tile,
      bytes: concatBytes(...this.#level(tile.level)),
    }));
  }

  /** The root of the tree as it is now, 32 bytes; costs up to 255 hashes a level. */
  root(): Uint8Array {
    let root: Uint8Array | null = null;
    for (const hashes of this.#levels) {
      for (const subtree of perfectSubtreeRoots(hashes).reverse()) {
        root = root === null ? subtree : merkleNodeHash(subtree, root);
      }
    }
    return root ?? emptyRoot();
  }

  #level(level: number): Uint8Array[] {
    const hashes = this.#levels[level] ?? [];
    this.#levels[level] = hashes;
    return hashes;
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

/** Fewer than 256 hashes as the perfect subtrees of a tree over them, from the left, the largest first. */
function perfectSubtreeRoots(hashes: readonly Uint8Array[]): Uint8Array[] {
  const roots: Uint8Array[] = [];
  let at = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length - at >= width) {
      roots.push(perfectRoot(hashes.slice(at, at + width)));
      at += width;
    }
  }
  return roots;
}
