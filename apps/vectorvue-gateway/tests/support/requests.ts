import { randomBytes } from 'node:crypto';
import {
  bundleSignature,
  compat,
  type Federation,
  HASH,
  IDENTITY,
  OPERATOR,
  requestSignature,
  TENANT,
  type TestKey,
} from './federation.ts';

export const PATHS = {
  telemetry: '/internal/v1/telemetry',
  graph: '/internal/v1/cognitive/execution-graph',
  query: '/internal/v1/cognitive/feedback/adjustments/query',
  bundle: '/internal/v1/federation/verify',
} as const;

/** A request as it goes on the wire. Header order is kept; a name may be repeated. */
export interface Prepared {
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface SignOptions {
  readonly timestamp?: number;
  readonly nonce?: string;
  readonly key?: TestKey;
  readonly identity?: string;
  readonly claimedSha256?: string;
}

export function newNonce(): string {
  return randomBytes(18).toString('base64url');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

type Body = Record<string, unknown>;

/** Signs what `build` makes; `build` gets the timestamp and nonce that the headers will carry. */
export function signed(
  federation: Federation,
  path: string,
  build: (timestamp: number, nonce: string) => Body | Buffer,
  options: SignOptions = {},
): Prepared {
  const timestamp = options.timestamp ?? nowSeconds();
  const nonce = options.nonce ?? newNonce();
  const built = build(timestamp, nonce);
  const body = Buffer.isBuffer(built) ? built : Buffer.from(compat(built));
  const signature = requestSignature(options.key ?? federation.telemetry, timestamp, nonce, body);
  return {
    path,
    headers: [
      ...identityHeaders(federation, options),
      ['X-Telemetry-Timestamp', String(timestamp)],
      ['X-Telemetry-Nonce', nonce],
      ['X-Telemetry-Signature', signature],
    ],
    body,
  };
}

export function identityHeaders(federation: Federation, options: SignOptions = {}): [string, string][] {
  return [
    ['Content-Type', 'application/json'],
    ['X-Service-Identity', options.identity ?? IDENTITY],
    ['X-Client-Cert-Sha256', options.claimedSha256 ?? federation.client.sha256],
  ];
}

let counter = 0;

export function payload(changes: Body = {}, attributes: Body = {}): Body {
  counter += 1;
  return {
    event_id: `evt-${process.pid}-${counter}`,
    event_type: 'PORT_OPEN',
    source_system: 'nmap',
    severity: 'low',
    observed_at: '2026-02-26T12:00:00+00:00',
    mitre_techniques: ['T1046'],
    attributes: { attestation_measurement_hash: 'bb'.repeat(32), schema_version: '1.0', ...attributes },
    ...changes,
  };
}

export function envelope(timestamp: number, nonce: string, changes: Body = {}): Body {
  const operator = changes.operator_id ?? OPERATOR;
  const tenant = changes.tenant_id ?? TENANT;
  return {
    operator_id: operator,
    campaign_id: 'cmp-001',
    tenant_id: tenant,
    execution_hash: HASH,
    timestamp,
    nonce,
    signed_metadata: { operator_id: operator, tenant_id: tenant, campaign_id: 'cmp-001' },
    payload: payload(),
    ...changes,
  };
}

export function telemetry(federation: Federation, changes: Body = {}, options: SignOptions = {}): Prepared {
  return signed(
    federation,
    PATHS.telemetry,
    (timestamp, nonce) => envelope(timestamp, nonce, changes),
    options,
  );
}

export function graph(federation: Federation, changes: Body = {}, options: SignOptions = {}): Prepared {
  return signed(
    federation,
    PATHS.graph,
    (timestamp, nonce) => ({
      operator_id: OPERATOR,
      tenant_id: TENANT,
      execution_fingerprint: HASH,
      timestamp,
      nonce,
      schema_version: 'execution.graph.v1',
      attestation_measurement_hash: 'bb'.repeat(32),
      graph: { target_urn: 'urn:target:ip:10.0.0.5', nodes: [{}, {}, {}] },
      ...changes,
    }),
    options,
  );
}

export function query(federation: Federation, changes: Body = {}, options: SignOptions = {}): Prepared {
  return signed(
    federation,
    PATHS.query,
    (timestamp, nonce) => ({
      operator_id: OPERATOR,
      tenant_id: TENANT,
      timestamp,
      nonce,
      limit: 100,
      ...changes,
    }),
    options,
  );
}

export function bundle(federation: Federation, changes: Body = {}, key?: TestKey): Prepared {
  const members = {
    operator_id: OPERATOR,
    campaign_id: 'cmp-001',
    execution_hash: HASH,
    timestamp: nowSeconds(),
    nonce: newNonce(),
  };
  const merged = { ...members, ...changes } as typeof members;
  const signature = bundleSignature(key ?? federation.evidence, merged);
  const body = Buffer.from(compat({ bundle: { signature, ...merged } }));
  return { path: PATHS.bundle, headers: identityHeaders(federation), body };
}

/** The same request with one header replaced, removed (null) or repeated (array). */
export function withHeader(
  request: Prepared,
  name: string,
  value: string | readonly string[] | null,
): Prepared {
  const kept = request.headers.filter(([header]) => header.toLowerCase() !== name.toLowerCase());
  const values = value === null ? [] : typeof value === 'string' ? [value] : value;
  return { ...request, headers: [...kept, ...values.map((each) => [name, each] as const)] };
}
