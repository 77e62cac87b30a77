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

test('growth of memory is called so beyond the tolerance only', () => {
  const samples = (slope: number) =>
    Array.from({ length: 40 }, (_, i) => ({ rss: 100 + slope * i, heap: 40 + slope * i, external: 5 }));
  expect(findGrowth(samples(0.1))).toBeNull();
  expect(findGrowth(samples(5))).toContain('grew');
});

test('the gateway is given as a program, not as source: the fuzzer imports nothing of it', () => {
  const world = readFileSync(join(import.meta.dirname, '../src/gateway/world.ts'), 'utf8');
  expect(world).not.toMatch(/from '.*vectorvue-gateway\/src/);
});
