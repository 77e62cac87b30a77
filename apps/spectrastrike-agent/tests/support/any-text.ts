import fc from 'fast-check';

/** The code points that UTF-16 keeps for its halves are no characters: 0xd800 to 0xdfff. */
const HALVES = { first: 0xd800, count: 0x800 } as const;

const codePoint = fc.integer({ min: 0, max: 0x10ffff - HALVES.count }).map(
  (n) => String.fromCodePoint(n < HALVES.first ? n : n + HALVES.count),
  (character) => {
    const point = typeof character === 'string' ? (character.codePointAt(0) ?? -1) : -1;
    if (point < 0 || String.fromCodePoint(point) !== character) throw new Error('not one code point');
    return point < HALVES.first ? point : point - HALVES.count;
  },
);

/**
 * Any text that has a UTF-8 form: what `fc.string({ unit: 'binary' })` makes. That unit writes a table of all 1,112,064
 * characters whenever it is asked for, more work than the runs themselves.
 */
export function anyText(bounds: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint, ...bounds });
}
