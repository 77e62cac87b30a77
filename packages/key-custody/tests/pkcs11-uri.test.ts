import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePkcs11Uri } from '../src/pkcs11/pkcs11-uri.ts';
import { isEdwards25519, readPublicPoint } from '../src/pkcs11/public-point.ts';

const GOOD = 'pkcs11:token=main;object=k?module-path=/lib/p11.so&pin-source=file:/run/pin';

describe('a pkcs11: URI', () => {
  test('is read with its encoding undone', () => {
    const uri =
      'pkcs11:token=two%20words%2F;serial=42;object=%C3%A9;id=%00%FFa;type=private' +
      '?module-path=/lib/p11.so&pin-source=file:///run/pin&x-sessions=4&x-max-input=65536';
    expect(parsePkcs11Uri(uri)).toEqual({
      ok: true,
      value: {
        token: { token: 'two words/', serial: '42', manufacturer: null, model: null },
        object: 'é',
        id: new Uint8Array([0, 255, 97]),
        modulePath: '/lib/p11.so',
        pinFile: '/run/pin',
        sessions: 4,
        maxInputBytes: 65_536,
      },
    });
    for (const source of ['/run/pin', 'file:/run/pin', 'file:///run/pin', 'file:%2Frun%2Fpin']) {
      const read = parsePkcs11Uri(`pkcs11:token=t;id=%01?module-path=/m&pin-source=${source}`);
      expect(read).toMatchObject({
        ok: true,
        value: { pinFile: '/run/pin', sessions: 2, maxInputBytes: null },
      });
    }
  });

  test.each([
    ['pkcs11:token=main;object=k?module-path=/m&pin-value=SECRET99', /pin-value is not accepted/],
    ['pkcs11:token=main;object=k;pin-value=SECRET99?module-path=/m', /pin-value is not accepted/],
    ['pkcs11:token=main;object=k?module-path=/m&PIN-VALUE=SECRET99', /pin-value is not accepted/],
    ['pkcs11:token=main;object=k;SECRET99=1?module-path=/m', /not supported; supported are token/],
    ['pkcs11:token=main;SECRET99;object=k?module-path=/m', /not supported; supported are token/],
    ['pkcs11:token=main;object=k?module-path=/m&module-name=SECRET99', /supported are module-path/],
    ['pkcs11:token=main;object=k?module-path=m', /module-path must be the absolute path/],
    ['pkcs11:token=main;object=k', /module-path must be the absolute path/],
    ['pkcs11:token=main?module-path=/m', /object or id must name/],
    ['pkcs11:object=k?module-path=/m', /token or serial must name/],
    ['pkcs11:token=%FF;serial=1;object=k?module-path=/m', /token is empty or wrongly encoded/],
    ['pkcs11:token=a;token=b;object=k?module-path=/m', /token is given twice/],
    ['pkcs11:token=a;object=?module-path=/m', /object is empty/],
    ['pkcs11:token=a%2;object=k?module-path=/m', /token is empty or wrongly encoded/],
    ['pkcs11:token=a b;object=k?module-path=/m', /token is empty or wrongly encoded/],
    ['pkcs11:token=a;object=k;type=public?module-path=/m', /type may only be private/],
    [
      'pkcs11:token=a;object=k?module-path=/m&pin-source=%7Ccat%20/SECRET99',
      /pin-source must be the absolute path/,
    ],
    ['pkcs11:token=a;object=k?module-path=/m&x-sessions=17', /x-sessions must be a number from 1 to 16/],
    ['pkcs11:token=a;object=k?module-path=/m&x-sessions=0', /x-sessions/],
    ['pkcs11:token=a;object=k?module-path=/m&x-max-input=-1', /x-max-input/],
    ['pkcs11:token=a;object=k?module-path=/m?x', /more than one \?/],
    [`pkcs11:token=${'a'.repeat(5000)};object=k?module-path=/m`, /longer than 4096/],
  ])('%s is refused', (uri, detail) => {
    const result = parsePkcs11Uri(uri);
    expect(result).toMatchObject({ ok: false, code: 'key_invalid', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(result)).not.toContain('SECRET99');
  });

  test('whatever stands in it, nothing is thrown and no value is repeated', () => {
    const secret = fc.stringMatching(/^[A-Z0-9]{8,20}$/);
    const place = fc.constantFrom(
      'pin',
      'token',
      'pin-source',
      'x-sessions',
      'module-path',
      'type',
      'serial',
      '',
    );
    fc.assert(
      fc.property(
        fc.string(),
        secret,
        place,
        fc.constantFrom(';', '&', '?', '%', '='),
        (junk, value, name, sep) => {
          const result = parsePkcs11Uri(`${GOOD}${sep}${name}=${value}${sep}${junk}`);
          if (!result.ok) expect(result.detail).not.toContain(value);
          parsePkcs11Uri(`pkcs11:${junk}`);
        },
      ),
      { numRuns: 500, seed: 7512 },
    );
  });
});

describe('the public point', () => {
  const raw = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const octets = (bytes: Uint8Array) => Buffer.concat([Buffer.from('0420', 'hex'), bytes]);
  const spki = (bytes: Uint8Array) => Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes]);

  test('is read from each of the three encodings', () => {
    fc.assert(
      fc.property(raw, (bytes) => {
        for (const value of [bytes, octets(bytes), spki(bytes)]) {
          expect(Buffer.from(readPublicPoint(value) ?? [])).toEqual(Buffer.from(bytes));
        }
      }),
    );
  });

  test('and from nothing else', () => {
    fc.assert(
      fc.property(raw, fc.nat(43), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        for (const value of [octets(bytes), spki(bytes)]) {
          expect(readPublicPoint(value.subarray(0, value.length - 1))).toBeNull();
          expect(readPublicPoint(Buffer.concat([value, Buffer.from([0])]))).toBeNull();
          const head = value.length - 32;
          const damaged = Buffer.from(value);
          damaged.writeUInt8(damaged.readUInt8(at % head) ^ change, at % head);
          expect(readPublicPoint(damaged)).toBeNull();
        }
      }),
    );
    for (const hex of ['', '0400', '0481200000', '042000'])
      expect(readPublicPoint(Buffer.from(hex, 'hex'))).toBeNull();
  });

  test('curve parameters of other curves are told apart', () => {
    for (const hex of ['06032b6570', '06092b06010401da470f01', '130c656477617264733235353139']) {
      expect(isEdwards25519(Buffer.from(hex, 'hex'))).toBe(true);
    }
    // Ed448, X25519, P-256, nothing.
    for (const hex of ['06032b6571', '06032b656e', '06082a8648ce3d030107', '']) {
      expect(isEdwards25519(Buffer.from(hex, 'hex'))).toBe(false);
    }
  });
});
