import { describe, expect, it } from '@jest/globals';
import { NumberLexeme } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { buildEvents } from '../../src/intake/index.ts';
import { Redactor, TRIGGER } from '../../src/intake/redact/redactor.ts';
import { SECRET_HEADERS } from '../../src/intake/redact/secret-names.ts';
import { anyText } from '../support/any-text.ts';
import { bytesOf, CONTEXT } from './context.ts';
import { AWS, REDACTION_CASES } from './redaction-cases.ts';

function redact(text: string): { text: string; counts: Record<string, number> } {
  const redactor = new Redactor();
  return { text: redactor.text(text), counts: redactor.counts() };
}

describe('places and forms', () => {
  it.each(REDACTION_CASES)('%s', (_name, text, expected) => {
    expect(redact(text).text).toBe(expected);
  });

  it.each([
    'Basic authentication is enabled',
    'a password policy of 12 characters',
    'password = null',
    'see https://h/a@b for more',
    'bearer tokens are accepted',
    '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
  ])('leaves alone: %s', (text) => {
    expect(redact(text)).toEqual({ text, counts: {} });
  });
});

it('no header and no case escapes the quick look', () => {
  for (const text of [...Object.keys(SECRET_HEADERS), ...REDACTION_CASES.map(([, dirty]) => dirty)]) {
    expect(TRIGGER.test(text)).toBe(true);
  }
});

describe('structures', () => {
  it('redacts by member name, keeps what cannot be a secret, and counts', () => {
    const redactor = new Redactor();
    const value = redactor.object({
      password: 'pw',
      pin_secret: new NumberLexeme('12345678901234567890'),
      headers: { Cookie: ['a=b', 'c=d'], Host: 'h' },
      har: [{ name: 'Authorization', value: 'Basic dTpw' }],
      dotnet: [{ Name: 'ApiKey', Value: 'abc' }],
      pairs: [['X-Api-Key', 'abc']],
      token: null,
      secret: true,
      plain: 'x',
    });
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      password: '[redacted:password]',
      pin_secret: '[redacted:secret]',
      headers: { Cookie: ['[redacted:cookie]', '[redacted:cookie]'], Host: 'h' },
      har: [{ name: 'Authorization', value: '[redacted:authorization]' }],
      dotnet: [{ Name: 'ApiKey', Value: '[redacted:api-key]' }],
      pairs: [['X-Api-Key', '[redacted:api-key]']],
      token: null,
      secret: true,
      plain: 'x',
    });
    expect(redactor.counts()).toEqual({ 'api-key': 2, authorization: 1, cookie: 2, password: 1, secret: 1 });
  });

  it('redacts names, and two that become equal stay two', () => {
    const other = `AKIA${'ABCDEFGHIJKLMNOP'}`;
    expect(Object.entries(new Redactor().object({ [AWS]: 1, [other]: 2 }))).toEqual([
      ['[redacted:aws-key]', 1],
      ['[redacted:aws-key]#2', 2],
    ]);
  });

  it('an attribute named __proto__ stays an attribute', () => {
    const value = new Redactor().object(JSON.parse('{"__proto__":{"a":1}}'));
    expect(Object.keys(value)).toEqual(['__proto__']);
  });
});

/** Secrets as they are planted: unguessable, so that a hit in the output is the secret and no accident. */
const secret = fc
  .array(fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'), {
    minLength: 40,
    maxLength: 40,
  })
  .map((letters) => letters.join(''));
const upper = secret.map((text) => text.toUpperCase().slice(0, 16));
const noise = fc.oneof(
  anyText({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '"',
    "'",
    '\\',
    '\n',
    'password=',
    'Cookie: ',
    'eyJ',
    '-----BEGIN ',
    '://',
    '[redacted:x]',
    'AKIA',
  ),
);

const planted = fc.oneof(
  secret.map((s) => [s, `\nAuthorization: Bearer ${s}\n`] as const),
  secret.map((s) => [s, `\r\nCookie: sid=${s}; a=b\r\n`] as const),
  secret.map((s) => [s, `\nSet-Cookie: sid=${s}\n`] as const),
  secret.map((s) => [s, `\nX-Api-Key: ${s}\n`] as const),
  secret.map((s) => [s, `&password=${s}&`] as const),
  secret.map((s) => [s, ` {"client_secret": "${s}"} `] as const),
  secret.map((s) => [s, ` {\\"token\\":\\"${s}\\"} `] as const),
  secret.map((s) => [s, ` https://user:${s}@host/ `] as const),
  secret.map((s) => [s, ` -----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY----- `] as const),
  upper.map((s) => [`AKIA${s}`, ` AKIA${s} `] as const),
  secret.map((s) => [s, ` ghp_${s} `] as const),
  secret.map((s) => [s, ` xoxb-${s} `] as const),
  secret
    .map((s) => [s, ` AIza${s.slice(0, 35)} `] as const)
    .map(([s, text]) => [s.slice(0, 35), text] as const),
  secret.map((s) => [s, ` eyJ${s}.${s}.${s} `] as const),
);

describe('properties', () => {
  it('no planted secret survives, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 4 }),
        planted,
        fc.array(noise, { maxLength: 4 }),
        (before, [s, text], after) => {
          expect(redact(before.join('') + text + after.join('')).text).not.toContain(s);
        },
      ),
      { numRuns: 3000, seed: 20261123 },
    );
  });

  it('nor in a payload, in any member of any report', () => {
    fc.assert(
      fc.property(planted, anyText({ maxLength: 20 }), ([s, text], around) => {
        const dirty = around + text;
        const records = [
          {
            'template-id': dirty,
            info: { name: dirty, tags: [dirty] },
            'matched-at': dirty,
            request: dirty,
            meta: { [dirty]: dirty },
          },
          {
            'template-id': 'x',
            info: { classification: { [dirty]: [dirty] } },
            host: dirty,
            'matcher-name': dirty,
          },
        ];
        const strange = JSON.stringify({ event_id: 'e', [dirty]: dirty });
        const events = {
          event_type: 'X',
          source_system: 's',
          severity: 'low',
          observed_at: '2026-01-01T00:00:00Z',
          mitre_techniques: ['T1046'],
        };
        const reports = [
          records.map((record) => `${JSON.stringify(record)}\n`).join(''),
          JSON.stringify({
            version: '2.1.0',
            runs: [
              {
                tool: { driver: { name: dirty } },
                results: [{ ruleId: dirty, message: { text: dirty }, properties: { [dirty]: dirty } }],
              },
            ],
          }),
          JSON.stringify({
            ...events,
            event_id: 'e',
            description: dirty,
            attributes: { asset_ref: 'h', [dirty]: dirty, target_urn: dirty.slice(0, 500) },
          }),
        ];
        for (const report of [...reports, strange, `${strange}\n{"event_id":${JSON.stringify(dirty)}`]) {
          const built = buildEvents({ name: 'r', bytes: bytesOf(report) }, CONTEXT);
          expect(JSON.stringify(built)).not.toContain(s);
          expect(built.events.length + built.faults.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 400, seed: 20261123 },
    );
  });

  it('redacting again settles: a marker is never taken apart', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            noise,
            planted.map(([, text]) => text),
          ),
          { maxLength: 6 },
        ),
        (parts) => {
          const once = redact(parts.join('')).text;
          const twice = redact(once).text;
          expect(redact(twice).text).toBe(twice);
        },
      ),
      { numRuns: 1000, seed: 20261123 },
    );
  });
});

describe('hostile texts of 1 MB end', () => {
  const LENGTH = 1_000_000;
  it.each([
    'eyJ',
    'eyJeyJ.',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    '://',
    '://@',
    'password',
    'password=',
    'password="',
    'password=\\"',
    'Cookie:',
    "'Cookie:",
    '"cookie":[\n',
    '"cookie":[],',
    '"Cookie" : ',
    'token>',
    '<token>',
    'AKIA',
    'AKIAA',
    'ghp_',
    'xoxb-',
    '\\',
    '\\"',
    'curl -u ',
    ' -u "',
    'Bearer ',
    'basic 0',
    '&sig=',
    'a.8Q~',
    'SG.',
    ' ',
    '\n',
    'ya29.',
    'password%3D',
    'password%3Da%26',
    '--password ',
    '--',
    '"Cookie: \\"',
    'Cookie:"',
  ])('%j', (unit) => {
    const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
    expect(redact(text).text.length).toBeGreaterThan(0);
    expect(redact(`x${text}"`).text.length).toBeGreaterThan(0);
  });
});
