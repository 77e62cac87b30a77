import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatTraceparent, nextTraceparent, parseTraceparent, readTraceparent } from '../src/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const GOOD = `00-${TRACE}-${SPAN}-01`;

describe('traceparent', () => {
  test('is read, and what is written is read again', () => {
    expect(parseTraceparent(GOOD)).toEqual({ traceId: TRACE, parentId: SPAN, sampled: true });
    const hex = (size: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${size}}$`)).filter((id) => !/^0+$/.test(id));
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, parentId, sampled) => {
        const context = { traceId, parentId, sampled };
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
    );
  });

  test.each([
    ['a later version', `cc-${TRACE}-${SPAN}-01`],
    ['a later version that says more', `cc-${TRACE}-${SPAN}-01-what-comes-then`],
    ['flags that nobody knows', `00-${TRACE}-${SPAN}-ff`],
  ])('%s is understood as far as it is known', (_name, text) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, parentId: SPAN, sampled: true });
  });

  test.each([
    ['', 'empty'],
    [`ff-${TRACE}-${SPAN}-01`, 'version 255'],
    [`${GOOD}-more`, 'version 00 with more'],
    [`cc-${TRACE}-${SPAN}-01.more`, 'a later version without a dash'],
    [GOOD.toUpperCase(), 'upper case'],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, 'trace zero'],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, 'span zero'],
    [` ${GOOD}`, 'a blank'],
    [`${GOOD}\n`, 'a line end'],
    [`00-${TRACE}-${SPAN}-1`, 'short flags'],
    [`00-${TRACE}x-${SPAN}-01`, 'a long trace'],
  ])('%j (%s) is malformed', (text) => {
    expect(parseTraceparent(text)).toBeNull();
    expect(readTraceparent(['Traceparent', text])).toBe('malformed');
  });

  test('whatever it is given, it gives hex or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `cc-${TRACE}-${SPAN}-01-${text}`),
        ),
        (text) => {
          const read = parseTraceparent(text);
          if (read !== null) expect(formatTraceparent(read)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
        },
      ),
    );
  });

  test('among headers: in any case, once', () => {
    expect(readTraceparent(['Host', 'a', 'TraceParent', GOOD])).toMatchObject({ traceId: TRACE });
    expect(readTraceparent(['Host', 'a'])).toBeNull();
    expect(readTraceparent(['traceparent', GOOD, 'Traceparent', GOOD])).toBe('malformed');
  });

  test('an attempt has a span of its own, in the trace that it was given or in a new one', () => {
    let counter = 0;
    const random = (size: number) => {
      counter += 1;
      return new Uint8Array(size).fill(counter);
    };
    const first = nextTraceparent(random);
    expect(first).toEqual({ traceId: '01'.repeat(16), parentId: '02'.repeat(8), sampled: false });
    expect(nextTraceparent(random, { ...first, sampled: true })).toEqual({
      traceId: first.traceId,
      parentId: '03'.repeat(8),
      sampled: true,
    });
    expect(
      parseTraceparent(formatTraceparent(nextTraceparent((size) => new Uint8Array(size)))),
    ).not.toBeNull();
  });
});
