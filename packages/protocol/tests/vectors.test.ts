import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { formatJson } from '../scripts/format-json.ts';
import { allVectors } from '../scripts/vectors/all.ts';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import * as digestNode from '../src/digest-node.ts';
import * as digestPortable from '../src/digest-portable.ts';
import { importPublicKey } from '../src/ed25519.ts';
import { parseStrictJson } from '../src/strict-json.ts';
import { agreed } from './backends.ts';
import { expectRejected, fromHex, readJson, value } from './support.ts';

const directory = fileURLToPath(new URL('../vectors/', import.meta.url));

test('the committed vectors are what the script makes', () => {
  const vectors = allVectors();
  expect(readdirSync(directory).sort()).toEqual(Object.keys(vectors).sort());
  for (const [name, content] of Object.entries(vectors)) {
    expect([name, readFileSync(`${directory}${name}`, 'utf8')]).toEqual([name, formatJson(content)]);
  }
});

describe('the committed vectors, read as another implementation would', () => {
  test('strict JSON', () => {
    interface Case {
      readonly input: string;
      readonly code?: string;
      readonly is_compat?: boolean;
      readonly is_jcs?: boolean;
      readonly compat?: string;
      readonly jcs?: string | null;
    }
    for (const one of readJson<{ readonly cases: readonly Case[] }>(`${directory}strict-json.json`).cases) {
      const bytes = Uint8Array.from(Buffer.from(one.input, 'base64'));
      const result = parseStrictJson(bytes);
      if (one.code !== undefined || !result.ok) {
        expectRejected(result, one.code ?? 'accepted');
        continue;
      }
      expect(canonicalizeCompat(result.value)).toBe(one.compat);
      // The flags follow from the bytes and the forms alone.
      expect(one.is_compat).toBe(Buffer.from(bytes).toString() === one.compat);
      expect(one.is_jcs).toBe(Buffer.from(bytes).toString() === one.jcs);
    }
  });

  test('Ed25519, on both backends', () => {
    interface Vectors {
      readonly keys: readonly { readonly key: string; readonly code?: string; readonly kid?: string }[];
      readonly public_key: string;
      readonly message: string;
      readonly signatures: readonly {
        readonly about: string;
        readonly signature: string;
        readonly valid: boolean;
      }[];
    }
    const vectors = readJson<Vectors>(`${directory}ed25519.json`);
    for (const one of vectors.keys) {
      const imported = importPublicKey(fromHex(one.key));
      expect(imported.ok ? imported.value.kid : imported.code).toBe(one.kid ?? one.code);
    }
    const key = value(importPublicKey(fromHex(vectors.public_key)));
    for (const one of vectors.signatures) {
      expect([one.about, agreed(key, fromHex(vectors.message), fromHex(one.signature))]).toEqual([
        one.about,
        one.valid,
      ]);
    }
    expect(vectors.signatures.filter((one) => one.about.includes('torsion') && !one.valid)).toHaveLength(7);
  });

  test('say that their keys must never be accepted', () => {
    for (const name of ['ed25519.json', 'requests.json', 'feedback.json']) {
      expect(readJson<{ readonly about: string }>(`${directory}${name}`).about).toContain(
        'published test seeds',
      );
    }
  });
});

test('both digest backends agree with each other and with node', () => {
  for (const input of ['', 'é😀', 'x'.repeat(1000)]) {
    const expected = createHash('sha256').update(input).digest();
    for (const { sha256, sha256Hex } of [digestNode, digestPortable]) {
      expect(Buffer.from(sha256(input)).equals(expected)).toBe(true);
      expect(Buffer.from(sha256(new TextEncoder().encode(input))).equals(expected)).toBe(true);
      expect(sha256Hex(input)).toBe(expected.toString('hex'));
    }
  }
});
