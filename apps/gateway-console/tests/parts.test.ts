import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultsOf, Refusal, refusalFrom } from '../src/api/refusal.ts';
import { farFrom, localTime, readTime, utcTime } from '../src/components/format-time.ts';
import { rowAfterKey } from '../src/components/row-after-key.ts';
import { shorten } from '../src/components/shorten.ts';

describe('refusals', () => {
  test('code, words and faults of a field come through', () => {
    const refused = refusalFrom(400, {
      code: 'filter_invalid',
      detail: 'some fields are not usable',
      faults: [{ field: 'from', message: 'write a time' }, { field: 3 }, null],
      request_id: null,
    });
    expect(refused).toMatchObject({
      status: 400,
      code: 'filter_invalid',
      message: 'some fields are not usable',
    });
    expect(faultsOf(refused)).toEqual([{ field: 'from', message: 'write a time' }]);
  });

  test('whatever answers, it is a refusal with a code', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), fc.jsonValue(), (status, body) => {
        const refused = refusalFrom(status, body);
        expect(refused).toBeInstanceOf(Refusal);
        expect(refused.status).toBe(status);
        expect(refused.code).not.toBe('');
      }),
    );
    expect(refusalFrom(502, '<html>').code).toBe('http_502');
  });
});

describe('times', () => {
  const at = new Date('2026-11-26T08:12:33.120Z');

  test('in a zone and in UTC', () => {
    expect(localTime(at, 'Asia/Kolkata')).toBe('2026-11-26 13:42:33');
    expect(localTime(new Date('2026-01-01T00:00:00Z'), 'UTC')).toBe('2026-01-01 00:00:00');
    expect(utcTime(at)).toBe('2026-11-26 08:12:33.120 UTC');
    expect(utcTime(new Date('2026-11-26T08:12:33Z'))).toBe('2026-11-26 08:12:33 UTC');
  });

  test('far from now, in words', () => {
    expect(farFrom(new Date(at.getTime() - 185_000), at)).toBe('3 minutes ago');
    expect(farFrom(new Date(at.getTime() + 2.5 * 86_400_000), at)).toBe('in 2 days');
  });

  test('what is no time is none', () => {
    for (const text of ['', '12', 'now', '2026-13-45T00:00:00Z', '<script>'])
      expect(readTime(text)).toBeNull();
    expect(readTime('2026-11-26T08:12:33.120Z')).toEqual(at);
  });
});

test('keys walk within the rows and never out of them', () => {
  expect(rowAfterKey('j', 0, 3)).toBe(1);
  expect(rowAfterKey('ArrowUp', 0, 3)).toBe(0);
  expect(rowAfterKey('End', 0, 3)).toBe(2);
  expect(rowAfterKey('x', 0, 3)).toBeNull();
  const key = fc.constantFrom('j', 'k', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End');
  fc.assert(
    fc.property(fc.array(key), fc.integer({ min: 1, max: 40 }), (keys, count) => {
      const last = keys.reduce((at, one) => rowAfterKey(one, at, count) ?? -1, 0);
      expect(last >= 0 && last < count).toBe(true);
    }),
  );
  expect(rowAfterKey('j', 0, 0)).toBeNull();
});

test('an identifier is shortened where it is long, and its unseen characters are shown', () => {
  expect(shorten('0123456789abcdef0123456789abcdef')).toBe('01234567…abcdef');
  expect(shorten('short')).toBe('short');
  expect(shorten('a\u202eb')).toBe('a\\u{202E}b');
});
