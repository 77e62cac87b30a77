/** The headers of PROTOCOL.md section 2 as OpenAPI parameters. A test holds the patterns against the parser. */

interface HeaderParameter {
  readonly [member: string]: string | boolean | { readonly [member: string]: string };
}

function header(name: string, pattern: string, description: string, required = true): HeaderParameter {
  return { name, in: 'header', required, description, schema: { type: 'string', pattern } };
}

export const HEADER_PARAMETERS: Readonly<Record<string, HeaderParameter>> = {
  ServiceIdentity: header('X-Service-Identity', '^[!-~]{1,128}$', 'The declared service identity, exact'),
  ClientCertSha256: header(
    'X-Client-Cert-Sha256',
    '^[0-9A-Fa-f]{64}$',
    'SHA-256 of the DER client certificate; compared with the one that the socket presented, never believed',
  ),
  TelemetryTimestamp: header(
    'X-Telemetry-Timestamp',
    '^(?:0|[1-9][0-9]{0,11})$',
    'Unix seconds; equals the timestamp of the body',
  ),
  TelemetryNonce: header(
    'X-Telemetry-Nonce',
    '^[A-Za-z0-9._:~+/=-]{8,128}$',
    'Used once; equals the nonce of the body',
  ),
  TelemetrySignature: header(
    'X-Telemetry-Signature',
    '^[A-Za-z0-9+/]{85}[AQgw]==$',
    'Strict padded base64 of the 64 bytes of an Ed25519 signature',
  ),
  TelemetryKeyId: header(
    'X-Telemetry-Key-Id',
    '^[A-Za-z0-9._-]{1,64}$',
    'kid of the signing key, which is then tried alone',
    false,
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    '^[ -~]*$',
    'Decides nothing; the agent sends the execution fingerprint',
    false,
  ),
  Traceparent: header(
    'traceparent',
    '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}',
    'W3C Trace Context; unsigned, logged, and ignored where it is malformed',
    false,
  ),
};

const IDENTITY = ['ServiceIdentity', 'ClientCertSha256'];
const SIGNATURE = ['TelemetryTimestamp', 'TelemetryNonce', 'TelemetrySignature', 'TelemetryKeyId'];

export function headersOf(
  headers: 'signed' | 'identity',
  hasBody: boolean,
): readonly { readonly $ref: string }[] {
  const names = [
    ...IDENTITY,
    ...(headers === 'signed' ? SIGNATURE : []),
    ...(headers === 'signed' && hasBody ? ['IdempotencyKey'] : []),
    'Traceparent',
  ];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
