import { parseIdentityHeaders, parseSignatureHeaders } from '../../dist/index.js';

const SIGNATURE = Buffer.alloc(64, 9).toString('base64');

const GOOD: Readonly<Record<string, string>> = {
  'X-Service-Identity': 'spectrastrike-producer',
  'X-Client-Cert-Sha256': 'ab'.repeat(32),
  'X-Telemetry-Timestamp': '1772107200',
  'X-Telemetry-Nonce': 'nonce-telemetry-00000001',
  'X-Telemetry-Signature': SIGNATURE,
};

const CHANGES: readonly (readonly [about: string, header: string, value: string | null])[] = [
  ['all of them', 'X-Telemetry-Key-Id', 'kid-001'],
  ['without the optional key id', 'Host', 'gateway'],
  ['no identity', 'X-Service-Identity', null],
  ['no signature', 'X-Telemetry-Signature', null],
  ['an identity with a space', 'X-Service-Identity', 'a b'],
  ['a fingerprint with colons', 'X-Client-Cert-Sha256', 'ab:'.repeat(32)],
  ['a timestamp with a leading zero', 'X-Telemetry-Timestamp', '01772107200'],
  ['a timestamp with a sign', 'X-Telemetry-Timestamp', '+1772107200'],
  ['a nonce that is too short', 'X-Telemetry-Nonce', 'short77'],
  ['a nonce with a separator', 'X-Telemetry-Nonce', 'nonce|nonce'],
  ['a signature without padding', 'X-Telemetry-Signature', SIGNATURE.slice(0, -2)],
  ['a signature with unused bits set', 'X-Telemetry-Signature', `${SIGNATURE.slice(0, 85)}R==`],
  ['a key id with a slash', 'X-Telemetry-Key-Id', 'a/b'],
];

export function headerVectors(): object {
  const cases = CHANGES.map(([about, header, value]) => {
    const headers = Object.entries({ ...GOOD, [header]: value }).filter(([, text]) => text !== null) as [
      string,
      string,
    ][];
    return headerCase(about, headers);
  });
  const repeated = Object.entries(GOOD).map(([name, value]) =>
    headerCase(`${name} repeated in another case`, [...Object.entries(GOOD), [name.toLowerCase(), value]]),
  );
  return {
    about:
      'PROTOCOL.md section 2. Names and values in the order of the wire; code is null where they are accepted.',
    cases: [...cases, ...repeated],
  };
}

function headerCase(about: string, headers: readonly (readonly [string, string])[]): object {
  const identity = parseIdentityHeaders(headers.flat());
  const result = identity.ok ? parseSignatureHeaders(headers.flat()) : identity;
  return { about, headers, code: result.ok ? null : result.code };
}
