import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { merkleNodeHash } from '../../src/tlog/merkle-hash.ts';
import type { TileReader } from '../../src/tlog/prove-from-tiles.ts';
import { tilePath } from '../../src/tlog/tile.ts';
import { TileFrontier } from '../../src/tlog/tile-frontier.ts';
import type { TlogCode, TlogResult } from '../../src/tlog/tlog-result.ts';

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The entry `n` of every log of these tests. */
export function entry(n: number): Uint8Array {
  return Uint8Array.from(Buffer.from(`entry ${n}`));
}

/** RFC 9162 by OpenSSL alone, so that nothing of ours is its own judge. */
export function leaf(n: number): Uint8Array {
  const input = Buffer.concat([Uint8Array.of(0), entry(n)]);
  return Uint8Array.from(createHash('sha256').update(input).digest());
}

export function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => leaf(n));
}

/** MTH as section 2.1.1 writes it down: recursive, copying, slow. */
export function rootBySpecification(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes;
  if (only === undefined) return Uint8Array.from(createHash('sha256').digest());
  if (hashes.length === 1) return only;
  const split = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return merkleNodeHash(
    rootBySpecification(hashes.slice(0, split)),
    rootBySpecification(hashes.slice(split)),
  );
}

export interface Grown {
  readonly root: Uint8Array;
  /** Path -> bytes: every full tile, and the partial ones of the final size. */
  readonly tiles: ReadonlyMap<string, Uint8Array>;
  readonly read: TileReader;
}

/** A log grown leaf by leaf, as an integrator does it. */
export function grow(hashes: readonly Uint8Array[]): Grown {
  const frontier = new TileFrontier();
  const tiles = new Map<string, Uint8Array>();
  for (const hash of hashes) {
    for (const { tile, bytes } of frontier.append(hash)) tiles.set(tilePath(tile), bytes);
  }
  for (const { tile, bytes } of frontier.partialTiles()) tiles.set(tilePath(tile), bytes);
  return { root: frontier.root(), tiles, read: readerOf(tiles) };
}

/** Serves full tiles, and partial ones cut from whatever is there of the tile. */
export function readerOf(tiles: ReadonlyMap<string, Uint8Array>): TileReader {
  return async ({ level, index, width }) => {
    for (let wide = 256; wide >= width; wide -= 1) {
      const bytes = tiles.get(tilePath({ level, index, width: wide }));
      if (bytes !== undefined) return bytes.subarray(0, width * 32);
    }
    throw new Error(`no tile ${tilePath({ level, index, width })}`);
  };
}

export function accepted<V>(result: TlogResult<V>): V {
  if (!result.ok) throw new Error(`refused: ${result.code} ${result.detail}`);
  return result.value;
}

export function expectRefused(result: TlogResult<unknown>, code: TlogCode): void {
  expect(result.ok ? 'accepted' : result.code).toBe(code);
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
