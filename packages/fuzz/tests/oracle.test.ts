import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, canonicalizeJcs, parseStrictJson } from '@nyxera/federation-protocol';
import { SigningKey } from '../src/gateway/facts.ts';
import { makeCase } from '../src/gateway/make-case.ts';
import { findGrowth } from '../src/gateway/memory.ts';
import { expect as judge } from '../src/gateway/oracle.ts';
import { mutateTree } from '../src/json/mutate.ts';
import { readStrict } from '../src/json/read.ts';
import { toTree } from '../src/json/tree.ts';
import { writeCompat, writeJcs } from '../src/json/write.ts';
import { Random } from '../src/random.ts';

const facts = {
  certificateSha256: 'a'.repeat(64),
  otherSha256: 'b'.repeat(64),
  key: new SigningKey(),
  salt: 's',
};
const options = {
  seed: 'oracle',
  facts,
  endpoints: ['telemetry', 'graph', 'query', 'bundle'] as const,
  nowSeconds: 1_795_451_000,
};

describe('the oracle', () => {
  test('takes every request that nothing was done to, and refuses it once a bit of the body differs', () => {
    for (let number = 0; number < 200; number += 1) {
      const { wire } = makeCase({ ...options, number, only: [] });
      expect(judge(wire, facts, options.nowSeconds).outcomes).toContain('accepted');
      const body = Buffer.from(wire.body);
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      expect(judge({ ...wire, body }, facts, options.nowSeconds).outcomes).not.toContain('accepted');
    }
  });

  test('lets an Idempotency-Key be there once, and refuses its repetition as that of any header of section 2', () => {
    const { wire } = makeCase({ ...options, number: 1, only: [], endpoints: ['telemetry'] });
    const withKeys = (...keys: string[]) => {
      const more = keys.map((key): readonly [string, string] => ['Idempotency-Key', key]);
      return judge({ ...wire, headers: [...wire.headers, ...more] }, facts, options.nowSeconds).outcomes;
    };
    expect(withKeys('a')).toEqual(['accepted']);
    expect(withKeys('a', 'a')).toEqual(['malformed_header']);
  });

  test('knows that the HTTP layer may refuse more than 16 KiB of headers before anybody reads one', () => {
    const { wire } = makeCase({ ...options, number: 1, only: [], endpoints: ['telemetry'] });
    const withHeader = (bytes: number) => {
      const headers = [...wire.headers, ['X-Large', 'x'.repeat(bytes)] as const];
      return judge({ ...wire, headers }, facts, options.nowSeconds).outcomes;
    };
    expect(withHeader(8_000)).toEqual(['accepted']);
    expect(withHeader(16_384)).toEqual(['accepted', 'http']);
  });

  test('makes the same bytes from the same seed and number, and other ones from another', () => {
    const text = (number: number, seed = 'x'): string =>
      JSON.stringify(makeCase({ ...options, number, seed }).wire);
    expect(text(7)).toBe(text(7));
    expect(text(7)).not.toBe(text(8));
    expect(text(7)).not.toBe(text(7, 'y'));
  });

  test('reads and writes JSON as the protocol package does, though it shares no line with it', () => {
    let valid = 0;
    for (let number = 0; number < 3000; number += 1) {
      const random = new Random(`json/${number}`);
      let tree = toTree({ a: [1, 'é\u{1f600}', null], b: { c: true, d: 'x', e: -5 }, '\ue000': '\u007f' });
      for (let round = 0; round < 4; round += 1) tree = mutateTree(tree, random);
      const bytes = Buffer.from(writeCompat(tree), 'utf8');
      const ours = readStrict(bytes);
      const theirs = parseStrictJson(bytes);
      expect({ number, ok: theirs.ok }).toEqual({ number, ok: ours !== null });
      if (!theirs.ok || ours === null) continue;
      valid += 1;
      expect(writeCompat(ours.tree)).toBe(canonicalizeCompat(theirs.value));
      // An integer beyond the doubles has no JCS form: theirs throws, ours is no text that a body could equal.
      if (!/[0-9]{309}/.test(bytes.toString())) {
        expect(writeJcs(ours.tree)).toBe(canonicalizeJcs(theirs.value));
      }
    }
    expect(valid).toBeGreaterThan(1000);
  });
});

describe('growth of memory', () => {
  /** As it was measured: what is held stands still within half a MiB, RSS goes up by steps and then stands. */
  const sample = (index: number, leak: number) => ({
    held: 43 + 0.5 * (index % 2) + leak * index,
    rss: 180 + 4 * Math.min(index, 8) + leak * index,
  });
  const samples = (leak: number) => Array.from({ length: 40 }, (_, index) => sample(index, leak));

  test('is not what an allocator does', () => expect(findGrowth(samples(0))).toBeNull());

  test('is what is kept, however little a case, once it adds up', () => {
    expect(findGrowth(samples(0.3))).toContain('held after a collection grew by 6.0 MiB');
  });

  test('is what is kept outside of JavaScript as well', () => {
    const outside = samples(0).map((one, index) => ({ ...one, rss: one.rss + 3 * index }));
    expect(findGrowth(outside)).toContain('RSS by');
  });

  test('cannot be told of a short run', () => expect(findGrowth(samples(5).slice(0, 10))).toBeNull());
});

test('the gateway is given as a program, not as source: the fuzzer imports nothing of it', () => {
  const world = readFileSync(join(import.meta.dirname, '../src/gateway/world.ts'), 'utf8');
  expect(world).not.toMatch(/from '.*vectorvue-gateway\/src/);
});
