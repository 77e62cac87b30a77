import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uriNames } from '../../src/accept/uri-names.ts';

/** As Node writes a name: as it is, or as a JSON string where it could be taken for something else. */
function written(kind: string, value: string): string {
  return /[,"\\\s]|[^\x20-\x7e]/.test(value) ? `${kind}:${JSON.stringify(value)}` : `${kind}:${value}`;
}

test('every URI name is found once, in order, whatever stands beside it', () => {
  const name = fc.record({
    kind: fc.constantFrom('URI', 'DNS', 'IP Address', 'email', 'DirName', 'othername'),
    value: fc.oneof(
      fc.string(),
      fc.constantFrom('spiffe://a/b', 'a, URI:spiffe://a/b', '", URI:x', '\\", URI:x'),
    ),
  });
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
      const text = names.map(({ kind, value }) => written(kind, value)).join(', ');
      const uris = names.filter(({ kind }) => kind === 'URI').map(({ value }) => value);
      expect(uriNames(text)).toEqual(uris);
    }),
  );
});

test('what is not of the form has no names', () => {
  for (const text of [
    undefined,
    '',
    'URI',
    'URI:"open',
    'URI:"a"b',
    'URI:"\\x"',
    'URI:a,URI:b',
    'URI:a"b',
    '7:x',
  ]) {
    expect([text, uriNames(text)]).toEqual([text, []]);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(Array.isArray(uriNames(text))).toBe(true);
    }),
  );
});
