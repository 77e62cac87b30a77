import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { merkleLeafHash } from '../../src/tlog/merkle-hash.ts';
import { consistencyRanges, inclusionRanges, perfectSubtrees } from '../../src/tlog/merkle-ranges.ts';
import { merkleRoot, proveConsistency, proveInclusion } from '../../src/tlog/merkle-tree.ts';
import { verifyConsistency, verifyInclusion } from '../../src/tlog/verify-proof.ts';
import { SLOW } from '../support.ts';
import {
  accepted,
  entry,
  expectRefused,
  flipped,
  hex,
  leaf,
  leaves,
  rootBySpecification,
} from './support.ts';

jest.setTimeout(SLOW);

const ALL = leaves(300);
const HEADS = Array.from({ length: 301 }, (_, size) => ({ size, root: merkleRoot(ALL.slice(0, size)) }));
const head = (size: number) => HEADS[size] ?? { size, root: merkleRoot(ALL.slice(0, size)) };

test('leaf hashes and roots are those of the RFC, for every size up to 300', () => {
  expect(hex(merkleLeafHash(entry(7)))).toBe(hex(leaf(7)));
  for (let size = 0; size <= 300; size += 1) {
    expect(hex(merkleRoot(ALL.slice(0, size)))).toBe(hex(rootBySpecification(ALL.slice(0, size))));
  }
});

describe('inclusion', () => {
  test('every leaf of every tree up to 66 leaves is proven, and no other index passes with its proof', () => {
    for (let size = 1; size <= 66; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = proveInclusion(ALL.slice(0, size), index);
        accepted(verifyInclusion(head(size), index, leaf(index), proof));
        const other = verifyInclusion(head(size), (index + 1) % size, leaf(index), proof);
        expect(other.ok).toBe(size === 1);
      }
    }
  });

  test('a flipped bit anywhere, a missing, doubled or swapped hash is refused', () => {
    const size = fc.integer({ min: 2, max: 300 });
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), (leafCount, pick, bit, where) => {
        const index = pick % leafCount;
        const proof = proveInclusion(ALL.slice(0, leafCount), index);
        const tree = head(leafCount);
        const at = where % proof.length;
        const changed = proof.map((hash, n) => (n === at ? flipped(hash, bit) : hash));
        expectRefused(verifyInclusion(tree, index, leaf(index), changed), 'proof_mismatch');
        expectRefused(verifyInclusion(tree, index, flipped(leaf(index), bit), proof), 'proof_mismatch');
        const root = flipped(tree.root, bit);
        expectRefused(verifyInclusion({ ...tree, root }, index, leaf(index), proof), 'proof_mismatch');
        const fewer = proof.filter((_, n) => n !== at);
        expectRefused(verifyInclusion(tree, index, leaf(index), fewer), 'proof_malformed');
        const more = [...proof, tree.root];
        expectRefused(verifyInclusion(tree, index, leaf(index), more), 'proof_malformed');
        if (proof.length > 1) {
          expectRefused(verifyInclusion(tree, index, leaf(index), [...proof].reverse()), 'proof_mismatch');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('indices, sizes and lengths that cannot be are refused before anything is hashed', () => {
    const proof = proveInclusion(ALL.slice(0, 5), 2);
    for (const index of [-1, 5, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expectRefused(verifyInclusion(head(5), index, leaf(2), proof), 'proof_malformed');
    }
    for (const size of [0, -5, 2.5, Number.NaN, 2 ** 53]) {
      expectRefused(verifyInclusion({ ...head(5), size }, 2, leaf(2), proof), 'proof_malformed');
    }
    expectRefused(verifyInclusion(head(5), 2, leaf(2).slice(1), proof), 'proof_malformed');
    expectRefused(
      verifyInclusion({ size: 5, root: new Uint8Array(31) }, 2, leaf(2), proof),
      'proof_malformed',
    );
    const long = new Array<Uint8Array>(65).fill(leaf(1));
    expectRefused(
      verifyInclusion({ size: Number.MAX_SAFE_INTEGER, root: leaf(0) }, 1, leaf(1), long),
      'proof_malformed',
    );
    expect(() => proveInclusion(ALL.slice(0, 5), 5)).toThrow(RangeError);
  });
});

describe('consistency', () => {
  test('every pair of sizes up to 66 is proven', () => {
    for (let size = 1; size <= 66; size += 1) {
      for (let old = 1; old <= size; old += 1) {
        accepted(verifyConsistency(head(old), head(size), proveConsistency(ALL.slice(0, size), old)));
      }
    }
  });

  test('a tree in which an old leaf was changed, removed or inserted has no proof', () => {
    const sizes = fc.integer({ min: 2, max: 200 }).chain((old) =>
      fc.record({
        old: fc.constant(old),
        size: fc.integer({ min: old + 1, max: 260 }),
        at: fc.nat(old - 1),
        how: fc.constantFrom('changed', 'removed', 'inserted', 'swapped'),
      }),
    );
    fc.assert(
      fc.property(sizes, ({ old, size, at, how }) => {
        const rewritten = [...ALL];
        if (how === 'changed') rewritten[at] = leaf(1_000);
        if (how === 'removed') rewritten.splice(at, 1);
        if (how === 'inserted') rewritten.splice(at, 0, leaf(1_000));
        const next = rewritten[at + 1] ?? leaf(0);
        if (how === 'swapped' && at + 1 < old) rewritten.splice(at, 2, next, leaf(at));
        else if (how === 'swapped') return;
        const now = { size, root: merkleRoot(rewritten.slice(0, size)) };
        const proof = proveConsistency(rewritten.slice(0, size), old);
        expectRefused(verifyConsistency(head(old), now, proof), 'proof_mismatch');
      }),
      { numRuns: 300 },
    );
  });

  test('a flipped bit, a missing or an additional hash is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), (size, pick, bit) => {
        const old = 1 + (pick % (size - 1));
        const proof = proveConsistency(ALL.slice(0, size), old);
        const at = pick % proof.length;
        const changed = proof.map((hash, n) => (n === at ? flipped(hash, bit) : hash));
        expectRefused(verifyConsistency(head(old), head(size), changed), 'proof_mismatch');
        const fewer = verifyConsistency(head(old), head(size), proof.slice(1));
        expectRefused(fewer, 'proof_malformed');
        const more = verifyConsistency(head(old), head(size), [...proof, leaf(1)]);
        expectRefused(more, 'proof_malformed');
      }),
      { numRuns: 300 },
    );
  });

  test('shrinking, forking and the empty tree have codes of their own', () => {
    expectRefused(verifyConsistency(head(5), head(4), []), 'tree_shrunk');
    expectRefused(verifyConsistency(head(5), { size: 5, root: leaf(0) }, []), 'tree_forked');
    expectRefused(verifyConsistency(head(5), head(5), [leaf(0)]), 'proof_malformed');
    expectRefused(verifyConsistency(head(0), head(5), []), 'proof_malformed');
    expectRefused(verifyConsistency(head(0), head(0), []), 'proof_malformed');
    expectRefused(verifyConsistency(head(3), head(5), []), 'proof_malformed');
    expect(() => proveConsistency(ALL.slice(0, 5), 0)).toThrow(RangeError);
    expect(() => proveConsistency(ALL.slice(0, 5), 6)).toThrow(RangeError);
  });
});

test('the parts of a proof lie side by side and cover the tree, also beyond 32 bits', () => {
  const tree = fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(tree, fc.maxSafeNat(), (size, pick) => {
      const index = pick % size;
      const parts = [...inclusionRanges(index, size), { start: index, end: index + 1 }];
      parts.sort((a, b) => a.start - b.start);
      expect(parts.map(({ start }) => start)).toEqual([0, ...parts.slice(0, -1).map(({ end }) => end)]);
      expect(parts.at(-1)?.end).toBe(size);
      const old = 1 + (pick % (size - 1));
      for (const range of [...parts, ...consistencyRanges(old, size)]) {
        const nodes = perfectSubtrees(range);
        expect(nodes.every((node) => Number.isSafeInteger(node.index))).toBe(true);
        expect(nodes[0]?.index).toBe(range.start / 2 ** (nodes[0]?.level ?? 0));
        const covered = nodes.reduce((sum, { level }) => sum + 2 ** level, 0);
        expect(covered).toBe(range.end - range.start);
      }
    }),
    { numRuns: 200 },
  );
});
