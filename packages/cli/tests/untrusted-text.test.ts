import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asciiJson, escapeDocument, escapeText, renderFacts, renderTable } from '../src/index.ts';

const DANGEROUS = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u;
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\u001b', '[', '\u202e', '\t', '\n', 'a', '主', '\\', '\u0301', ' ') }),
);
const screens = [null, 10, 24, 40, 80].map((columns) => ({
  terminal: true,
  moves: true,
  colour: false,
  columns,
}));

describe('untrusted text', () => {
  test('control, bidirectional and invisible characters are escaped; letters of any script are not', () => {
    expect(escapeText('a\u001b[31m\r\n\t\u009b\u202eb\u200b\u2028\ud800\\n')).toBe(
      'a\\u001b[31m\\r\\n\\t\\u009b\\u202eb\\u200b\\u2028\\ud800\\\\n',
    );
    expect(escapeText('höst 主机 😀')).toBe('höst 主机 😀');
    expect(escapeText('\u{e0041}\u{e000}')).toBe('\\u{e0041}\\ue000');
  });

  test('no text brings a dangerous character through, and two texts never look the same', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(escapeText(one)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(escapeText(one) === escapeText(other)).toBe(one === other);
        expect(JSON.parse(asciiJson(one))).toBe(one);
        const document = escapeDocument(JSON.stringify({ [one]: other }));
        expect(document).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify({ [one]: other })));
      }),
    );
  });

  test('a row stays a row and a cell a cell, on every width of a terminal and in a pipe', () => {
    const rows = fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rows, fc.constantFrom(...screens), (cells, screen) => {
        const piped = renderTable(['a', 'b', 'c'], cells, { ...screen, terminal: false });
        expect(piped.split('\n')).toHaveLength(cells.length + 1);
        for (const line of piped.split('\n').slice(0, -1)) expect(line.split('\t')).toHaveLength(3);
        const drawn =
          renderTable(['a', 'b', 'c'], cells, screen) + renderFacts([['name', cells[0]?.[0] ?? '']], screen);
        expect(drawn).not.toMatch(DANGEROUS);
      }),
      { numRuns: 200 },
    );
  });
});
