import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cut, escaped, stretches } from '../src/components/escape-text.ts';

/** What a reader must never meet unescaped: it shows as nothing, or turns what stands around it. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff\u2060\u{e0000}-\u{e007f}]/u;

describe('text of others', () => {
  test.each([
    ['abc\u202Egnp.exe', 'abc\\u{202E}gnp.exe'],
    ['a\u0000b', 'a\\u{0000}b'],
    ['line\nbreak\ttab\r', 'line\\nbreak\\ttab\\r'],
    ['\u001b[31mred', '\\u{001B}[31mred'],
    ['pay\u200bload\ufeff', 'pay\\u{200B}load\\u{FEFF}'],
    ['tag\u{e0041}', 'tag\\u{E0041}'],
    ['half\ud800', 'half\\u{D800}'],
    ['hidden\ufe01', 'hidden\\u{FE01}'],
    ['<b onclick=x>', '<b onclick=x>'],
  ])('%j is shown as %s', (text, shown) => {
    expect(escaped(text)).toBe(shown);
  });

  test('letters of any script and whole emoji are left as they are', () => {
    const fine = 'Größe, 東京, مرحبا, שלום, नमस्ते, 👩‍👩‍👧, ❤️, 👍🏽, 🏳️‍🌈';
    expect(escaped(fine)).toBe(fine);
  });

  test('whatever comes in, nothing unseen is shown, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const parts = stretches(text);
        expect(UNSEEN.test(parts.map((part) => part.text).join(''))).toBe(false);
        // Every stretch begins where the one before ended: the escapes stand for exactly what is missing.
        let from = 0;
        for (const part of parts) {
          expect(part.at).toBe(from);
          from += part.isEscape
            ? String.fromCodePoint(text.codePointAt(part.at) ?? 0).length
            : part.text.length;
          if (!part.isEscape) expect(text.slice(part.at, from)).toBe(part.text);
        }
        expect(from).toBe(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('a block keeps line breaks and tabs, and nothing else', () => {
    expect(stretches('a\n\tb\r\u202e', true).map((part) => part.text)).toEqual([
      'a\n\tb',
      '\\r',
      '\\u{202E}',
    ]);
  });

  test('cutting never leaves half of a pair', () => {
    expect(cut('ab😀', 3)).toBe('ab');
    expect(cut('ab😀', 4)).toBe('ab😀');
  });
});
