import { HASH_BYTES } from './merkle-hash.ts';

/** Every tile spans eight levels of the tree (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8;
/** Hashes of a full tile, entries of a full bundle. */
export const TILE_WIDTH = 256;
/** Bytes of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Levels of tiles that a tree whose size is a safe integer can have: 256^7 is beyond it. */
export const TILE_LEVELS = 7;

/** A hash tile (`level` 0 holds leaf hashes), or an entry bundle. `width` 1..256 hashes or entries; 256 is full. */
export interface Tile {
  readonly level: number | 'entries';
  /** Index within the level, from 0. */
  readonly index: number;
  readonly width: number;
}

/** Path below the prefix of the log: `tile/0/x001/x234/067`, `tile/1/000.p/17`, `tile/entries/000`. */
export function tilePath(tile: Tile): string {
  const digits = String(tile.index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const name = groups.map((group, n) => (n < groups.length - 1 ? `x${group}` : group)).join('/');
  const partial = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`;
  return `tile/${tile.level}/${name}${partial}`;
}

const PATH =
  /^tile\/(entries|0|[1-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The inverse of `tilePath`; null for whatever it does not write, so that one tile has one path. */
export function parseTilePath(path: string): Tile | null {
  const found = PATH.exec(path);
  if (found === null) return null;
  const [, level = '', name = '', partial] = found;
  // A leading group of zeros would be a second name of the same tile.
  if (name.startsWith('x000/')) return null;
  const index = Number(name.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(index) || (partial !== undefined && width >= TILE_WIDTH)) return null;
  return { level: level === 'entries' ? 'entries' : Number(level), index, width };
}

/** How many hashes level `level` of tiles holds in a tree of `size` leaves. */
export function tileLevelSize(level: number, size: number): number {
  return level >= TILE_LEVELS ? 0 : Math.floor(size / TILE_WIDTH ** level);
}

/** The width of a tile in a tree of `size` leaves, 1..256; null where that tree has no such tile. */
export function tileWidth(level: number, index: number, size: number): number | null {
  const width = tileLevelSize(level, size) - index * TILE_WIDTH;
  return width <= 0 ? null : Math.min(width, TILE_WIDTH);
}

/** Every hash tile of a tree of `size` leaves, level by level, from the left. */
export function* tilesOfTree(size: number): Generator<Tile & { readonly level: number }> {
  for (let level = 0; tileLevelSize(level, size) > 0; level += 1) {
    const hashes = tileLevelSize(level, size);
    for (let index = 0; index * TILE_WIDTH < hashes; index += 1) {
      yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
    }
  }
}

/** The rightmost tile of each level of a tree of `size` leaves where it is partial, from level 0 up. */
export function partialTilesOfTree(size: number): (Tile & { readonly level: number })[] {
  const tiles: (Tile & { readonly level: number })[] = [];
  for (let level = 0; tileLevelSize(level, size) > 0; level += 1) {
    const hashes = tileLevelSize(level, size);
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}
