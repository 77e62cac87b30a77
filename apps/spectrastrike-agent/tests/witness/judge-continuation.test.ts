import { describe, expect, test } from '@jest/globals';
import { verifyConsistency } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { type Judgement, judgeContinuation } from '../../src/witness/judge-continuation.ts';
import { createTreeReader } from '../../src/witness/tree-reader.ts';
import { flipBit, TestLog } from './test-log.ts';

const SIZE = 700;
const log = TestLog.of(SIZE);

function judge(before: TestLog, old: number, now: TestLog, size = now.entries.length): Promise<Judgement> {
  return judgeContinuation(createTreeReader(now.client(), size), before.head(old), now.head(size));
}

/** The same log with another entry in one place. */
function changed(at: number): TestLog {
  return TestLog.of(SIZE, (n) => (n === at ? 'another past' : `entry ${n}`));
}

const sizes = fc
  .tuple(fc.integer({ min: 1, max: SIZE }), fc.integer({ min: 1, max: SIZE }))
  .map(([a, b]) => ({
    old: Math.min(a, b),
    size: Math.max(a, b),
  }));

test('a tree continues each that it was before, and everything continues the empty one', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async ({ old, size }) => {
      expect(await judge(log, old, log, size)).toEqual({ kind: 'continues' });
    }),
    { numRuns: 40 },
  );
  expect(await judgeContinuation(createTreeReader(log.client(), 5), log.head(0), log.head(5))).toEqual({
    kind: 'continues',
  });
});

test('a log with another entry below what was seen is convicted, and the proof convinces others', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async ({ old, size }, seed) => {
      const other = changed(seed % old);
      const judgement = await judge(log, old, other, size);
      expect(judgement).toMatchObject({ kind: 'forked', code: 'tree_forked' });
      if (judgement.kind !== 'forked') return;
      expect(judgement.proof === null).toBe(old === size);
      if (judgement.proof === null) return;
      // By the offered checkpoint's own root, the older tree was another one than the log had signed.
      const { hashes, otherRoot } = judgement.proof;
      expect(verifyConsistency({ size: old, root: otherRoot }, other.head(size), hashes).ok).toBe(true);
      expect(Buffer.from(otherRoot)).not.toEqual(Buffer.from(log.head(old).root));
    }),
    { numRuns: 40 },
  );
});

test('a change above what was seen is no fork', async () => {
  expect(await judge(log, 300, changed(300))).toEqual({ kind: 'continues' });
  expect(await judge(log, 301, changed(300))).toMatchObject({ kind: 'forked' });
});

describe('what no tile is needed for', () => {
  test('a smaller tree', async () => {
    expect(await judge(log, 300, log, 299)).toMatchObject({
      kind: 'forked',
      code: 'tree_shrunk',
      proof: null,
    });
    expect(await judge(log, 1, log, 0)).toMatchObject({ kind: 'forked', code: 'tree_shrunk' });
  });

  test('another root of the same size', async () => {
    const other = changed(4);
    expect(await judge(log, SIZE, other)).toMatchObject({ kind: 'forked', code: 'tree_forked', proof: null });
    expect(other.asked).toEqual([]);
  });
});

describe('tiles prove nothing by themselves', () => {
  test('one flipped bit anywhere is never taken for a fork, nor for a continuation that is not there', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ({ old, size }, bit) => {
        fc.pre(old < size);
        const client = log.client((_, bytes) => flipBit(bytes, bit));
        const judgement = await judgeContinuation(
          createTreeReader(client, size),
          log.head(old),
          log.head(size),
        );
        // A bit of a hash that the proof does not need changes nothing.
        expect(['continues', 'unproven']).toContain(judgement.kind);
        if (judgement.kind === 'unproven')
          expect(judgement).toMatchObject({ code: 'proof_mismatch', suspicious: true });
      }),
      { numRuns: 40 },
    );
  });

  test('the honest tiles of another tree do not save a log that was rewritten', async () => {
    const other = changed(7);
    const client = log.client();
    const judgement = await judgeContinuation(createTreeReader(client, SIZE), log.head(400), other.head());
    expect(judgement).toEqual({
      kind: 'unproven',
      code: 'proof_mismatch',
      detail: 'the tiles are not those of the signed tree',
      suspicious: true,
    });
  });

  test('a tile that is withheld, and one of another length', async () => {
    const head = log.head();
    const withheld = createTreeReader(
      log.client(() => null),
      SIZE,
    );
    expect(await judgeContinuation(withheld, log.head(300), head)).toMatchObject({
      kind: 'unproven',
      code: 'not_found',
      suspicious: true,
    });
    for (const length of [0, 1, 31, 8191]) {
      const short = createTreeReader(
        log.client((_, bytes) => bytes.subarray(0, length)),
        SIZE,
      );
      expect(await judgeContinuation(short, log.head(300), head)).toMatchObject({
        kind: 'unproven',
        code: 'tile_malformed',
      });
    }
  });

  test('a gateway that is away is not suspected', async () => {
    const away = {
      tile: async () => ({ ok: false, absent: false, code: 'ECONNREFUSED', detail: 'away' }) as const,
    };
    expect(await judgeContinuation(createTreeReader(away, SIZE), log.head(300), log.head())).toMatchObject({
      kind: 'unproven',
      code: 'ECONNREFUSED',
      suspicious: false,
    });
  });

  test('each tile is asked for once, as wide as the offered tree has it', async () => {
    const fresh = TestLog.of(SIZE);
    await judge(log, 300, fresh);
    expect(new Set(fresh.asked).size).toBe(fresh.asked.length);
    expect(fresh.asked.every((one) => ['0/0.256', '0/1.256', '0/2.188', '1/0.2'].includes(one))).toBe(true);
  });
});
