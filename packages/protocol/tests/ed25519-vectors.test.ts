import { expect } from '@jest/globals';
import { verdict } from './backends.ts';
import { fromHex, readJson, testWithShared, utf8 } from './support.ts';

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

testWithShared('Wycheproof, all of it, on both backends', 'vectors/wycheproof/ed25519_test.json', (path) => {
  const suite = readJson<Wycheproof>(path);
  const wrong: unknown[] = [];
  let count = 0;
  for (const group of suite.testGroups) {
    for (const one of group.tests) {
      count++;
      const decided = verdict(fromHex(group.publicKey.pk), fromHex(one.msg), fromHex(one.sig));
      if (decided !== one.result) {
        wrong.push({ ...one, decided });
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(count).toBe(suite.numberOfTests);
});

interface CctvCase {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
  readonly flags: readonly string[] | null;
}

/** PROTOCOL.md section 3 in the words of the flags. */
function expected(flags: ReadonlySet<string>): string {
  if (flags.has('low_order_A') || flags.has('low_order_component_A') || flags.has('non_canonical_A')) {
    return 'key refused';
  }
  // An R of small order alone is no fault: it is recomputed and compared. A residue means that the equation holds only
  // after multiplication by the cofactor.
  return flags.has('low_order_residue') || flags.has('non_canonical_R') || flags.has('reencoded_k')
    ? 'invalid'
    : 'valid';
}

testWithShared(
  'CCTV edge cases, all of them, on both backends',
  'vectors/cctv/ed25519vectors.json',
  (path) => {
    const cases = readJson<readonly CctvCase[]>(path);
    const wrong: unknown[] = [];
    const seen: Record<string, number> = {};
    for (const one of cases) {
      const decided = verdict(fromHex(one.key), utf8(one.msg), fromHex(one.sig));
      seen[decided] = (seen[decided] ?? 0) + 1;
      if (decided !== expected(new Set(one.flags))) {
        wrong.push({ ...one, decided });
      }
    }
    expect(wrong).toEqual([]);
    // No verdict is untested, and none of the 914 was lost.
    expect(Object.keys(seen).sort()).toEqual(['invalid', 'key refused', 'valid']);
    expect(Object.values(seen).reduce((sum, n) => sum + n, 0)).toBe(914);
  },
);
