import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntryBundle, encodeEntryBundle } from '../../src/tlog/entry-bundle.ts';
import { merkleRoot, proveConsistency, proveInclusion } from '../../src/tlog/merkle-tree.ts';
import {
  checkContinuation,
  checkInclusion,
  proveConsistencyFromTiles,
  proveInclusionFromTiles,
  proveInclusionsFromTiles,
  rootFromTiles,
} from '../../src/tlog/prove-from-tiles.ts';
import { parseTilePath, partialTilesOfTree, tilePath, tilesOfTree, tileWidth } from '../../src/tlog/tile.ts';
import { perfectRoot, splitHashes, TileFrontier } from '../../src/tlog/tile-frontier.ts';
import { SLOW } from '../support.ts';
import {
  accepted,
  expectRefused,
  flipped,
  type Grown,
  grow,
  hex,
  leaf,
  leaves,
  readerOf,
} from './support.ts';

jest.setTimeout(SLOW);

/** Beyond 65,536, so that there are three levels of tiles. */
const SIZE = 66_061;
let all: Uint8Array[] = [];
let log: Grown;
beforeAll(() => {
  all = leaves(SIZE);
  log = grow(all);
});

describe('paths', () => {
  test('are those of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 1, index: 0, width: 17 })).toBe('tile/1/000.p/17');
    expect(tilePath({ level: 'entries', index: 1_000, width: 256 })).toBe('tile/entries/x001/000');
  });

  test('one tile, one path', () => {
    const tile = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(fc.property(tile, (given) => expect(parseTilePath(tilePath(given))).toEqual(given)));
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseTilePath(`tile/${text}`);
        if (parsed !== null) expect(tilePath(parsed)).toBe(`tile/${text}`);
      }),
    );
  });

  test('whatever is written otherwise is no path', () => {
    for (const path of [
      '/tile/0/000',
      'tile/0/0',
      'tile/00/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/0/x000/001',
      'tile/0/001/002',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/01',
      'tile/0/000.p/',
      'tile/0/000/',
      'tile/data/000',
      'tile/0/x999/x999/x999/x999/x999/999',
      'tile/0/..',
      'tile/0/000\n',
      '',
    ]) {
      expect([path, parseTilePath(path)]).toEqual([path, null]);
    }
  });
});

describe('the tiles of a tree', () => {
  test('of 70,000 leaves are those of the specification', () => {
    const tiles = [...tilesOfTree(70_000)];
    const full = (level: number) => tiles.filter((tile) => tile.level === level && tile.width === 256).length;
    expect([full(0), full(1), full(2)]).toEqual([273, 1, 0]);
    expect(partialTilesOfTree(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect([...tilesOfTree(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesOfTree(0)]).toEqual([]);
  });

  test('the frontier makes exactly them, and nothing twice', () => {
    const expected = [...tilesOfTree(SIZE)].map(tilePath).sort();
    expect([...log.tiles.keys()].sort()).toEqual(expected);
    for (const { level, index, width } of tilesOfTree(SIZE)) {
      expect(tileWidth(level, index, SIZE)).toBe(width);
    }
    expect(tileWidth(0, Math.ceil(SIZE / 256), SIZE)).toBeNull();
    expect(tileWidth(9, 0, Number.MAX_SAFE_INTEGER)).toBeNull();
  });

  test('a full tile comes with the root over its hashes', () => {
    const frontier = new TileFrontier();
    const full = all.slice(0, 65_536).flatMap((hash) => frontier.append(hash));
    expect(full.map(({ tile }) => tile.level).filter((level) => level > 0)).toEqual([1]);
    const wrong = full.filter(({ root, bytes }) => hex(root) !== hex(perfectRoot(splitHashes(bytes))));
    expect(wrong).toEqual([]);
  });

  test('the root of the frontier is that of the tree, at every size up to 1,100 and restored from any', () => {
    const frontier = new TileFrontier();
    for (let size = 1; size <= 1_100; size += 1) {
      frontier.append(leaf(size - 1));
      if (size % 37 === 0 || size % 256 < 2) {
        expect(hex(frontier.root())).toBe(hex(merkleRoot(all.slice(0, size))));
        const kept = new Map(frontier.partialTiles().map(({ tile, bytes }) => [tilePath(tile), bytes]));
        const restored = TileFrontier.restore(size, (tile) => kept.get(tilePath(tile)) ?? new Uint8Array(0));
        for (let more = size; more < size + 300; more += 1) restored.append(leaf(more));
        expect(hex(restored.root())).toBe(hex(merkleRoot(all.slice(0, size + 300))));
      }
    }
    expect(() => TileFrontier.restore(3, () => new Uint8Array(95))).toThrow(RangeError);
    expect(() => frontier.append(new Uint8Array(31))).toThrow(RangeError);
  });

  test('the whole root comes from tiles alone', async () => {
    expect(hex(accepted(await rootFromTiles(log.read, SIZE)))).toBe(hex(merkleRoot(all)));
    expect(hex(accepted(await rootFromTiles(log.read, 0)))).toBe(hex(merkleRoot([])));
  });
});

describe('proofs from tiles', () => {
  test('are those from all leaves, for any index and any size of a checkpoint', async () => {
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: SIZE }),
      fc.constantFrom(1, 255, 256, 257, 65_536, SIZE),
    );
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, pick) => {
        const tree = all.slice(0, size);
        const index = pick % size;
        const inclusion = accepted(await proveInclusionFromTiles(log.read, index, size));
        expect(inclusion.map(hex)).toEqual(proveInclusion(tree, index).map(hex));
        const consistency = accepted(await proveConsistencyFromTiles(log.read, index + 1, size));
        expect(consistency.map(hex)).toEqual(proveConsistency(tree, index + 1).map(hex));
      }),
      { numRuns: 12 },
    );
  });

  test('read each tile once, and few of them', async () => {
    const read: string[] = [];
    const counting = readerOf(log.tiles);
    await proveInclusionFromTiles(
      async (tile) => {
        read.push(tilePath(tile));
        return counting(tile);
      },
      12_345,
      SIZE,
    );
    expect(new Set(read).size).toBe(read.length);
    expect(read.length).toBeLessThanOrEqual(6);
  });

  test('of many leaves are those of each, and read no tile twice', async () => {
    const read: string[] = [];
    const counting: typeof log.read = async (tile) => {
      read.push(tilePath(tile));
      return log.read(tile);
    };
    const indices = [65_535, 7, 65_536, 65_537, 8, SIZE - 1];
    const many = accepted(await proveInclusionsFromTiles(counting, indices, SIZE));
    expect(new Set(read).size).toBe(read.length);
    for (const [at, index] of indices.entries()) {
      const one = accepted(await proveInclusionFromTiles(log.read, index, SIZE));
      expect(many[at]?.map(hex)).toEqual(one.map(hex));
    }
    expectRefused(await proveInclusionsFromTiles(log.read, [1, SIZE], SIZE), 'proof_malformed');
  });

  test('a leaf is included where it is, and nowhere else', async () => {
    const head = { size: SIZE, root: log.root };
    accepted(await checkInclusion(log.read, head, 40_000, leaf(40_000)));
    expectRefused(await checkInclusion(log.read, head, 40_001, leaf(40_000)), 'proof_mismatch');
    expectRefused(await checkInclusion(log.read, head, SIZE, leaf(0)), 'proof_malformed');
  });

  test('tiles of the wrong length are refused', async () => {
    const short = async (tile: Parameters<typeof log.read>[0]) => (await log.read(tile)).subarray(32);
    expectRefused(await proveInclusionFromTiles(short, 1, SIZE), 'tile_malformed');
    expectRefused(await rootFromTiles(short, SIZE), 'tile_malformed');
    expectRefused(await proveConsistencyFromTiles(short, 5, SIZE), 'tile_malformed');
    expectRefused(await proveConsistencyFromTiles(log.read, 0, SIZE), 'proof_malformed');
    expectRefused(await proveConsistencyFromTiles(log.read, 7, 6), 'proof_malformed');
  });
});

describe('what a witness decides', () => {
  const roots = new Map<number, Uint8Array>();
  const at = (size: number) => {
    const root = roots.get(size) ?? merkleRoot(all.slice(0, size));
    roots.set(size, root);
    return { size, root };
  };

  test('a log that grew continues', async () => {
    for (const old of [0, 1, 255, 256, 300, 65_536, SIZE]) {
      accepted(await checkContinuation(log.read, at(old), at(SIZE)));
    }
  });

  test('one that was rewritten, cut or forked does not', async () => {
    const rewritten = grow(all.map((hash, n) => (n === 200 ? leaf(-1) : hash)));
    const now = { size: SIZE, root: rewritten.root };
    expectRefused(await checkContinuation(rewritten.read, at(300), now), 'tree_forked');
    expectRefused(await checkContinuation(rewritten.read, at(SIZE), now), 'tree_forked');
    accepted(await checkContinuation(rewritten.read, at(200), now));
    expectRefused(await checkContinuation(log.read, at(301), at(300)), 'tree_shrunk');
    // The tiles of the true log do not help a forged root, nor the forged tiles a true one.
    expectRefused(await checkContinuation(log.read, at(300), now), 'tree_forked');
    expectRefused(await checkContinuation(rewritten.read, at(300), at(SIZE)), 'tree_forked');
  });

  test('a flipped bit in any tile that is needed is refused', async () => {
    const tiles = [...log.tiles.keys()];
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (bit) => {
        const damaged = new Map(log.tiles);
        for (const path of tiles.slice(-4)) damaged.set(path, flipped(log.tiles.get(path) ?? leaf(0), bit));
        const verdict = await checkContinuation(readerOf(damaged), at(SIZE - 700), at(SIZE));
        expect(verdict.ok ? 'accepted' : verdict.code).toBe('tree_forked');
      }),
      { numRuns: 10 },
    );
  });
});

describe('entry bundles', () => {
  test('come back as they were', () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(entries, (given) => {
        const decoded = accepted(decodeEntryBundle(encodeEntryBundle(given), given.length));
        expect(decoded.map(hex)).toEqual(given.map(hex));
      }),
      { numRuns: 50 },
    );
    const long = new Uint8Array(65_535).fill(7);
    expect(accepted(decodeEntryBundle(encodeEntryBundle([long]), 1))[0]).toHaveLength(65_535);
  });

  test('hold as many entries as they must, and whole ones', () => {
    const bundle = encodeEntryBundle([leaf(1), leaf(2)]);
    for (const bad of [bundle.slice(0, -1), bundle.slice(0, 35), bundle.slice(0, 34)]) {
      expectRefused(decodeEntryBundle(bad, 2), 'tile_malformed');
    }
    expectRefused(decodeEntryBundle(bundle, 1), 'tile_malformed');
    expectRefused(decodeEntryBundle(bundle, 3), 'tile_malformed');
    expectRefused(decodeEntryBundle(Uint8Array.of(...bundle, 0), 2), 'tile_malformed');
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
    expect(() => encodeEntryBundle(new Array(257).fill(leaf(0)))).toThrow(RangeError);
  });
});
