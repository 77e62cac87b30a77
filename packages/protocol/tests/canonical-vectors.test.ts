import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { canonicalizeCompat, canonicalizeJcs } from '../src/canonical-json.ts';
import { parseStrictJson } from '../src/strict-json.ts';
import { expectRejected, parsed, readJson, testWithShared, utf8 } from './support.ts';

testWithShared(
  'RFC 8785 vectors: every input becomes its output, which is canonical',
  'vectors/jcs/input',
  (path) => {
    const names = readdirSync(path);
    expect(names.length).toBeGreaterThanOrEqual(6);
    for (const name of names) {
      const expected = readFileSync(`${path}/../output/${name}`, 'utf8').trimEnd();
      const input = parseStrictJson(readFileSync(`${path}/${name}`));
      if (!input.ok) {
        throw new Error(`${name}: ${input.detail}`);
      }
      expect(canonicalizeJcs(input.value)).toBe(expected);
      expect(input.jcs).toBe(false);
      expect(parseStrictJson(utf8(expected))).toMatchObject({ ok: true, jcs: true });
    }
  },
);

interface CompatVectors {
  readonly compat_canonical: readonly {
    readonly input: string;
    readonly canonical: string;
    readonly sha256: string;
  }[];
  readonly compat_rejected: readonly string[];
}

testWithShared(
  'federation-v1: compat canonical form and what has none',
  'vectors/federation-v1.json',
  (path) => {
    const vectors = readJson<CompatVectors>(path);
    for (const { input, canonical, sha256 } of vectors.compat_canonical) {
      expect(canonicalizeCompat(parsed(input))).toBe(canonical);
      expect(createHash('sha256').update(canonical).digest('hex')).toBe(sha256);
      expect(parseStrictJson(utf8(canonical))).toMatchObject({ ok: true, compat: true });
    }
    for (const input of vectors.compat_rejected) {
      expectRejected(parseStrictJson(utf8(input)), 'invalid_json');
    }
  },
);
