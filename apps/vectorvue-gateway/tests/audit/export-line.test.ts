import { expect, test } from '@jest/globals';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { readExportLine, writeExportLine } from '../../src/audit/export-line.ts';

const member = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null));
const object = fc.dictionary(fc.string({ unit: 'grapheme' }), member);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sequence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function canonical(value: Readonly<Record<string, string | number | boolean | null>>): string | null {
  try {
    return canonicalizeCompat(value);
  } catch {
    return null; // a lone surrogate has no canonical form
  }
}

test('what is written is read, and the text that was hashed is found again', () => {
  fc.assert(
    fc.property(object, object, hash, sequence, fc.boolean(), (entry, disclosed, leaf_hash, at, disclose) => {
      const text = canonical(entry);
      const disclosure = canonical(disclosed);
      fc.pre(text !== null && disclosure !== null);
      const line = writeExportLine(
        { sequence: at, entry: text ?? '', disclosure: disclosure ?? '', leaf_hash, pruned_by: null },
        disclose,
      );
      expect(line.includes('\n')).toBe(false);
      const read = readExportLine(line);
      expect(read).toMatchObject({ sequence: at, text, prunedBy: null });
      expect(Buffer.from(read?.leafHash ?? [])).toEqual(Buffer.from(leaf_hash));
    }),
  );
});

test('whatever is stored makes one line, and whatever is read throws nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      hash,
      (entry, disclosure, leaf_hash) => {
        const line = writeExportLine({ sequence: 1, entry, disclosure, leaf_hash, pruned_by: null }, true);
        expect(/[\n\r]/.test(line)).toBe(false);
        readExportLine(line);
        readExportLine(entry);
      },
    ),
  );
});

test('of a pruned entry the hash and who pruned it', () => {
  const leaf_hash = new Uint8Array(32).fill(7);
  const by = '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77';
  const line = writeExportLine({ sequence: 5, entry: '', disclosure: '{}', leaf_hash, pruned_by: by }, true);
  expect(JSON.parse(line)).toEqual({ sequence: 5, leaf_hash: '07'.repeat(32), pruned_by: by });
  expect(readExportLine(line)).toMatchObject({ sequence: 5, text: null, prunedBy: by });
});
