import { describe, expect, it } from '@jest/globals';
import { parseStrictJson } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { JsonRecords } from '../../src/intake/json/read-records.ts';
import { Utf8Decoder } from '../../src/intake/json/utf8.ts';
import type { ReportSource } from '../../src/intake/types.ts';
import { anyText } from '../support/any-text.ts';
import { bytesOf } from './context.ts';

/** The same bytes in pieces of these sizes, over and over. */
function pieces(bytes: Uint8Array, sizes: readonly number[]): ReportSource {
  return {
    name: 'r',
    size: bytes.length,
    *chunks() {
      // One buffer for all, as a file has it: whoever keeps a piece is found out (a Buffer's own slice is no copy).
      // No larger than what is read: a megabyte a run makes the collector go through the whole heap again and again.
      const buffer = Buffer.alloc(Math.min(bytes.length, Math.max(1, ...sizes)));
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = sizes[n % sizes.length] ?? 1;
        const piece = bytes.subarray(at, at + size);
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
        at += size;
      }
    },
  };
}

const SIZES = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

function plain(value: unknown): string {
  return JSON.stringify(value);
}

describe('an array, element by element', () => {
  it('takes what the parser takes, and gives the same elements, in whatever pieces it comes', () => {
    const damaged = fc
      .tuple(
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        fc.nat(),
        fc.constantFrom('', ',', ']', '[', '"', '}', 'x', '\\', ' '),
      )
      .map(([values, at, put]) => {
        const text = JSON.stringify(values, null, at % 3);
        const from = at % (text.length + 1);
        return put === '' ? text : text.slice(0, from) + put + text.slice(from + (at % 2));
      })
      .filter((text) => text.trimStart().startsWith('['));
    fc.assert(
      fc.property(damaged, SIZES, (text, sizes) => {
        const bytes = bytesOf(text);
        const whole = parseStrictJson(bytes);
        const items = [...new JsonRecords(pieces(bytes, sizes))];
        const last = items.at(-1);
        if (whole.ok) {
          expect(items.map((item) => (item.ok ? plain(item.value) : item.fault.expected))).toEqual(
            (whole.value as readonly unknown[]).map(plain),
          );
        } else {
          expect(last).toMatchObject({ ok: false, fatal: true, fault: { code: 'report_malformed' } });
        }
      }),
      { numRuns: 1000, seed: 20261126 },
    );
  });

  it('says where it breaks: line and byte of the file', () => {
    const items = [...new JsonRecords(pieces(bytesOf('\ufeff[\n {"a":1},\n {"a":}\n]'), [3]))];
    expect(items).toMatchObject([
      { ok: true, ordinal: 0, where: '[0]' },
      { ok: false, fatal: true, fault: { code: 'report_malformed', where: 'line 3, byte 21' } },
    ]);
  });
});

describe('lines', () => {
  it('are the same in whatever pieces they come', () => {
    const line = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      fc.constantFrom('', ' ', '{"a":', 'garbage', '{"ü":"\u{1F600}"}'),
    );
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        SIZES,
        fc.constantFrom('\n', '\r\n'),
        (lines, sizes, end) => {
          const bytes = bytesOf(lines.join(end));
          expect(plain([...new JsonRecords(pieces(bytes, sizes))])).toBe(
            plain([...new JsonRecords(pieces(bytes, [1_000_000]))]),
          );
        },
      ),
      { numRuns: 500, seed: 20261126 },
    );
  });

  it('one that is too long is passed over, also the first', () => {
    function* chunks(): Generator<Uint8Array> {
      yield bytesOf('{"a":"');
      for (let n = 0; n < 20; n++) yield new Uint8Array(1024 * 1024).fill(0x61);
      yield bytesOf('"}\n{"b":1}\n');
    }
    const items = [...new JsonRecords({ name: 'r', size: 0, chunks })];
    expect(items).toMatchObject([
      { ok: false, fault: { code: 'record_too_large', where: 'line 1' } },
      { ok: true, line: 2, ordinal: 1 },
    ]);
  });
});

it('UTF-8 in pieces: the same text, or the same first byte that is not UTF-8', () => {
  const bytes = fc.oneof(
    anyText().map((text) => bytesOf(text)),
    fc.uint8Array({ maxLength: 30 }),
  );
  fc.assert(
    fc.property(bytes, SIZES, (input, sizes) => {
      const decode = (sizesOf: readonly number[]): string => {
        const decoder = new Utf8Decoder();
        let text = '';
        for (const piece of pieces(input, sizesOf).chunks()) {
          const decoded = decoder.push(piece);
          if (!decoded.ok) return `byte ${decoded.offset}`;
          text += decoded.text;
        }
        const end = decoder.end();
        return end === null ? text : `byte ${end}`;
      };
      expect(decode(sizes)).toBe(decode([1000]));
    }),
    { numRuns: 1000, seed: 20261126 },
  );
});
