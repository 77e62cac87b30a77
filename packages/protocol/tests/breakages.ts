import { expect, test } from '@jest/globals';
import type { JsonValue } from '../src/json-value.ts';
import type { Result } from '../src/result.ts';
import { changed, type Json, type JsonRecord } from './samples.ts';
import { expectRejected, received } from './support.ts';

/** Where, what to put there (undefined: nothing), and the path that the rejection names if it is another. */
export type Breakage = readonly [pointer: string, value: Json | undefined, path?: string];

/** One negative test a rule: the sample is good, one member of it is broken, code and path are asserted. */
export function breaks(
  parse: (value: JsonValue) => Result<unknown>,
  sample: () => JsonRecord,
  code: string,
  breakages: readonly Breakage[],
  prefix = '',
): void {
  test('the sample itself is accepted', () => {
    expect(parse(received(sample()))).toMatchObject({ ok: true });
  });
  for (const [pointer, value, path] of breakages) {
    const shown = value === undefined ? 'absent' : JSON.stringify(value)?.slice(0, 40);
    test(`${pointer} ${shown}`, () => {
      expectRejected(parse(received(changed(sample(), pointer, value))), code, prefix + (path ?? pointer));
    });
  }
}

/** Every type that a text is not. */
export const notText: readonly Json[] = [null, true, 1, [], {}];
export const long = (length: number): string => 'x'.repeat(length);

/** The usual ways to break a text of 1..max code points. */
export function textRules(pointer: string, max: number, min = 1): Breakage[] {
  const wrong: Json[] = [1, true, {}, [], long(max + 1), '\u0000'];
  return [...wrong, ...(min > 0 ? ['', null] : [])].map((value) => [pointer, value] as const);
}

/** The usual ways to break an integer of min..max; the sample text is replaced by the number itself. */
export function integerRules(pointer: string, min: number, max: number): Breakage[] {
  const wrong: Json[] = [null, true, '5', 1.5, [], {}, min - 1, max + 1];
  return wrong.map((value) => [pointer, value] as const);
}

export function required(...pointers: readonly string[]): Breakage[] {
  return pointers.map((pointer) => [pointer, undefined] as const);
}

/** An unknown member anywhere is reported by the object that holds it: its name is the peer's, not ours. */
export function strictAt(...objects: readonly string[]): Breakage[] {
  return objects.flatMap((object) => [
    [`${object}/unknown`, 1, object] as const,
    [`${object}/constructor`, 1, object] as const,
  ]);
}
