import { describe, expect, test } from '@jest/globals';
import { parseIdentityHeaders, parseSignatureHeaders } from '../src/security-headers.ts';
import { expectRejected, value } from './support.ts';

const SIGNATURE = Buffer.alloc(64, 9).toString('base64');
const good: readonly (readonly [string, string])[] = [
  ['Host', 'gateway'],
  ['X-Service-Identity', 'spectrastrike-producer'],
  ['X-Client-Cert-Sha256', 'AB'.repeat(32)],
  ['X-Telemetry-Timestamp', '1772107200'],
  ['X-Telemetry-Nonce', 'nonce-telemetry-00000001'],
  ['X-Telemetry-Signature', SIGNATURE],
  ['X-Telemetry-Key-Id', 'kid-001'],
  ['Idempotency-Key', 'ab'.repeat(32)],
];
const OPTIONAL = ['X-Telemetry-Key-Id', 'Idempotency-Key'];

const identityOf = (headers: readonly (readonly [string, string])[]) => parseIdentityHeaders(headers.flat());
const signatureOf = (headers: readonly (readonly [string, string])[]) =>
  parseSignatureHeaders(headers.flat());
const parse = (headers: readonly (readonly [string, string])[]) => {
  const identity = identityOf(headers);
  return identity.ok ? signatureOf(headers) : identity;
};
const without = (name: string) => good.filter(([other]) => other !== name);
const withValue = (name: string, text: string) =>
  good.map((pair) => (pair[0] === name ? ([name, text] as const) : pair));

test('good headers', () => {
  expect(value(identityOf(good))).toEqual({
    identity: 'spectrastrike-producer',
    clientCertSha256: 'ab'.repeat(32),
  });
  expect(value(signatureOf(good))).toEqual({
    timestamp: 1_772_107_200,
    nonce: 'nonce-telemetry-00000001',
    signature: new Uint8Array(64).fill(9),
    keyId: 'kid-001',
  });
  expect(value(signatureOf(without('X-Telemetry-Key-Id'))).keyId).toBeNull();
});

describe('absent, repeated, malformed', () => {
  for (const [name] of good.slice(1).filter(([name]) => !OPTIONAL.includes(name))) {
    test(`${name} absent`, () => {
      expectRejected(parse(without(name)), 'missing_header');
    });
  }
  for (const [name, text] of good.slice(1)) {
    test(`${name} repeated, in any case and order, even with the same value`, () => {
      for (const other of [
        name,
        name.toLowerCase(),
        name.toUpperCase(),
        name.replace(/^./, (first) => first.toLowerCase()),
      ]) {
        expectRejected(parse([...good, [other, text]]), 'malformed_header');
        expectRejected(parse([[other, text], ...good]), 'malformed_header');
      }
    });
  }
  const malformed: readonly (readonly [string, readonly string[]])[] = [
    ['X-Service-Identity', ['', 'a b', 'é', 'x'.repeat(129), 'a\tb', 'a\u0000']],
    [
      'X-Client-Cert-Sha256',
      ['', 'ab', 'ab:'.repeat(32), 'g'.repeat(64), 'a'.repeat(65), `sha256:${'a'.repeat(57)}`],
    ],
    ['X-Telemetry-Timestamp', ['', '-1', '+1', '01', '1.0', '1e9', ' 1', '1234567890123', '٣', '0x1']],
    [
      'X-Telemetry-Nonce',
      ['', 'short77', 'x'.repeat(129), 'nonce nonce', 'nonce|nonce', 'nonce,nonce', 'nönce-nonce'],
    ],
    [
      'X-Telemetry-Signature',
      [
        '',
        SIGNATURE.slice(0, -2),
        SIGNATURE.slice(4),
        `${SIGNATURE}AAAA`,
        SIGNATURE.replaceAll('C', '-'),
        `${SIGNATURE.slice(0, 85)}R==`,
      ],
    ],
    ['X-Telemetry-Key-Id', ['', 'a b', 'a/b', 'x'.repeat(65), 'é']],
  ];
  for (const [name, values] of malformed) {
    for (const text of values) {
      test(`${name}: ${JSON.stringify(text.slice(0, 30))}`, () => {
        expectRejected(parse(withValue(name, text)), 'malformed_header');
      });
    }
  }
});

test('limits', () => {
  value(parse(withValue('X-Service-Identity', '!'.repeat(128))));
  value(parse(withValue('X-Telemetry-Timestamp', '0')));
  value(parse(withValue('X-Telemetry-Timestamp', '999999999999')));
  value(parse(withValue('X-Telemetry-Nonce', 'A.z_0:~+/=-')));
  value(parse(withValue('X-Telemetry-Key-Id', 'x'.repeat(64))));
  for (const text of ['', 'any text', 'x'.repeat(1000)]) value(parse(withValue('Idempotency-Key', text)));
  for (const name of OPTIONAL) value(parse(without(name)));
});

test('a rejection never repeats what a peer sent', () => {
  const refused = parse(withValue('X-Service-Identity', 'evil identity'));
  expect(JSON.stringify(refused)).not.toContain('evil');
});

test('an odd list of raw headers does not throw', () => {
  expectRejected(parseIdentityHeaders(['X-Service-Identity']), 'missing_header');
  expectRejected(parseIdentityHeaders([]), 'missing_header');
});
