import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exportAddress } from '../src/components/export-address.ts';
import { type FilterField, ownFaults, shownValue, typedValue } from '../src/components/filter-fields.ts';
import { linkToken } from '../src/shell/link-token.ts';
import { parseSearch, searchOf, stringifySearch } from '../src/shell/search.ts';
import { wayBack } from '../src/shell/way-back.ts';

const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });

describe('what stands in an address', () => {
  test('a search survives being written and read, as plain pairs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 })), (search) => {
        const wellFormed = Object.fromEntries(
          Object.entries(search).filter(([name]) => name !== '__proto__'),
        );
        expect(parseSearch(stringifySearch(wellFormed))).toEqual(wellFormed);
      }),
    );
    expect(stringifySearch({ severity: 'high', empty: '', none: undefined })).toBe('?severity=high');
  });

  test('a route keeps the parameters that it names', () => {
    expect(searchOf('tenant', 'from')({ tenant: 'a', from: '', other: 'x', limit: 3 })).toEqual({
      tenant: 'a',
    });
  });

  test.each([
    ['/events?severity=high', { to: '/events', search: { severity: 'high' } }],
    ['/findings/1', { to: '/findings/1', search: {} }],
    [undefined, { to: '/', search: {} }],
    ['https://elsewhere.example/', { to: '/', search: {} }],
    ['//elsewhere.example/events', { to: '/', search: {} }],
    ['/\\elsewhere.example', { to: '/', search: {} }],
    ['javascript:alert(1)', { to: '/', search: {} }],
    ['/sign-in?back=/sign-in', { to: '/', search: {} }],
  ])('the way back from %j', (back, place) => {
    expect(wayBack(back)).toEqual(place);
  });

  test('no way back leaves this console', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map((text) => `/${text}`),
        ),
        (back) => {
          const { to } = wayBack(back);
          expect(new URL(`/console${to}`, 'https://here.example').origin).toBe('https://here.example');
          expect(to.startsWith('/') && !to.startsWith('//') && to !== '/sign-in').toBe(true);
        },
      ),
    );
  });

  test('only the token of a link is taken for one', () => {
    const token = 'A'.repeat(43);
    expect(linkToken(`#link=${token}`)).toBe(token);
    expect(linkToken(`#${token}`)).toBe(token);
    for (const other of ['', '#', '#main', `#link=${token}A`, `#link=${token}&x=1`])
      expect(linkToken(other)).toBeNull();
  });

  test('no filter becomes another parameter or path of an export', () => {
    fc.assert(
      fc.property(anyText, anyText, (id, value) => {
        const address = exportAddress(
          '/things/{id}/parts',
          { id },
          { value, after: 'cursor', limit: 5 },
          'csv',
        );
        const url = new URL(address, 'https://here.example');
        expect(url.searchParams.getAll('format')).toEqual(['csv']);
        expect([...url.searchParams.keys()].filter((name) => name !== 'value')).toEqual(['format']);
        if (value !== '') expect(url.searchParams.get('value')).toBe(value);
        // A browser takes a segment that is only dots for a step upwards, encoded or not; then it is no call of the API's.
        if (!/^\.{1,2}$/.test(id)) expect(url.pathname).toMatch(/^\/console\/api\/v1\/things\/[^/]*\/parts$/);
      }),
    );
  });
});

describe('filters', () => {
  const from: FilterField = { name: 'from', label: 'From', kind: 'time' };
  const to: FilterField = { name: 'to', label: 'To', kind: 'time' };

  test('a time is typed in the zone of the reader, stands in the address in UTC, and is shown as it was typed', () => {
    const inAddress = typedValue(from, ' 2026-01-31 08:00 ');
    expect(inAddress).toBe(new Date(2026, 0, 31, 8).toISOString().replace('.000Z', 'Z'));
    expect(shownValue(from, inAddress)).toBe('2026-01-31 08:00:00');
  });

  test('what is no time stays as it is, with its fault beside it', () => {
    expect(typedValue(from, 'yesterday')).toBe('yesterday');
    expect(shownValue(from, 'yesterday')).toBe('yesterday');
    expect(ownFaults([from, to], { from: 'yesterday' }).map((fault) => fault.field)).toEqual(['from']);
  });

  test('a range that ends before it begins is a fault of its end', () => {
    const values = { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    expect(ownFaults([from, to], values).map((fault) => fault.field)).toEqual(['to']);
    expect(ownFaults([from, to], { from: values.to, to: values.from })).toEqual([]);
  });
});
