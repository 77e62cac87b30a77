import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';
import * as fc from 'fast-check';
import { mostBytes, oversize } from '../../src/intake/check-payload.ts';
import { MAX_PAYLOAD_BYTES } from '../../src/intake/limits.ts';
import { anyText } from '../support/any-text.ts';

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  fc.bigInt({ min: -(10n ** 399n), max: 10n ** 399n }),
  fc.bigInt({ min: -(10n ** 399n), max: 10n ** 399n }).map((value) => new NumberLexeme(String(value))),
);
const text = anyText();
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(text, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
})).value;

describe('how large a payload is', () => {
  test('the bound is never less than the compat form', () => {
    void fc.assert(
      fc.property(value, (one) => {
        expect(mostBytes(one)).toBeGreaterThanOrEqual(canonicalizeCompat(one).length);
      }),
      { numRuns: 500 },
    );
  });

  test('exact at the limit, escapes included', () => {
    const frame = canonicalizeCompat({ text: '' }).length;
    const room = MAX_PAYLOAD_BYTES - frame;
    expect(oversize({ text: 'x'.repeat(room) })).toBeNull();
    expect(oversize({ text: 'x'.repeat(room + 1) })).toBe(MAX_PAYLOAD_BYTES + 1);
    const escaped = Math.floor(room / 6);
    expect(oversize({ text: 'é'.repeat(escaped) })).toBeNull();
    expect(oversize({ text: 'é'.repeat(escaped + 1) })).toBe(frame + 6 * (escaped + 1));
  });
});
