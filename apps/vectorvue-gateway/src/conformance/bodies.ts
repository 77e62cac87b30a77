import { canonicalizeCompat, type JsonValue } from '@nyxera/federation-protocol';
import { CAMPAIGN_PREFIX, type Lab, PATHS, type Prepared, type SignOptions } from './lab.ts';

export type Members = Readonly<Record<string, JsonValue | undefined>>;

/** Members that are undefined are left out. */
export function text(members: Members): string {
  const there = Object.entries(members).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  );
  return canonicalizeCompat(Object.fromEntries(there));
}

/** The least alarming event there can be: severity info, and no finding. */
export function payload(lab: Lab, changes: Members = {}, attributes: Members = {}): JsonValue {
  return defined({
    event_id: lab.eventId(),
    event_type: 'CONFORMANCE_PROBE',
    source_system: 'nyxera-conformance',
    severity: 'info',
    observed_at: new Date(lab.now() * 1000).toISOString(),
    mitre_techniques: ['T1046'],
    attributes: defined({
      attestation_measurement_hash: 'c0'.repeat(32),
      attestation_synthetic: true,
      schema_version: lab.who.schemaVersion,
      ...attributes,
    }),
    ...changes,
  });
}

function defined(members: Members): JsonValue {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

export function envelope(lab: Lab, timestamp: number, nonce: string, changes: Members = {}): Members {
  const campaign = `${CAMPAIGN_PREFIX}${lab.runId}`;
  const operator = changes.operator_id ?? lab.who.operatorId;
  const tenant = changes.tenant_id ?? lab.who.tenantId;
  return {
    operator_id: operator,
    campaign_id: campaign,
    tenant_id: tenant,
    execution_hash: lab.hash(),
    timestamp,
    nonce,
    signed_metadata: { operator_id: operator, tenant_id: tenant, campaign_id: campaign },
    payload: payload(lab),
    ...changes,
  };
}

/** A body that is built for the timestamp and nonce of its headers, and signed. */
export function signed(
  lab: Lab,
  path: string,
  build: (timestamp: number, nonce: string) => Members | string,
  options: SignOptions = {},
): Promise<Prepared> {
  const timestamp = options.timestamp ?? lab.now();
  const nonce = options.nonce ?? lab.nonce();
  const built = build(timestamp, nonce);
  return lab.sign(path, typeof built === 'string' ? built : text(built), { ...options, timestamp, nonce });
}

export function telemetry(lab: Lab, changes: Members = {}, options: SignOptions = {}): Promise<Prepared> {
  return signed(
    lab,
    PATHS.telemetry,
    (timestamp, nonce) => envelope(lab, timestamp, nonce, changes),
    options,
  );
}

export function graph(lab: Lab, changes: Members = {}, options: SignOptions = {}): Promise<Prepared> {
  const build = (timestamp: number, nonce: string): Members => ({
    operator_id: lab.who.operatorId,
    tenant_id: lab.who.tenantId,
    execution_fingerprint: lab.hash(),
    timestamp,
    nonce,
    schema_version: 'execution.graph.v1',
    attestation_measurement_hash: 'c0'.repeat(32),
    // Few nodes: by the default rules this is observed, and nothing tightens.
    graph: { target_urn: `urn:target:${CAMPAIGN_PREFIX}${lab.runId}`, nodes: [{}] },
    ...changes,
  });
  return signed(lab, PATHS.graph, build, options);
}

export function query(lab: Lab, changes: Members = {}, options: SignOptions = {}): Promise<Prepared> {
  const build = (timestamp: number, nonce: string): Members => ({
    operator_id: lab.who.operatorId,
    tenant_id: lab.who.tenantId,
    timestamp,
    nonce,
    limit: 1000,
    ...changes,
  });
  return signed(lab, PATHS.query, build, options);
}

/** The request with one header replaced, removed (null) or repeated (a list). */
export function withHeader(
  prepared: Prepared,
  name: string,
  value: string | null | readonly string[],
): Prepared {
  const others = prepared.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
  const values = value === null ? [] : typeof value === 'string' ? [value] : value;
  return { ...prepared, headers: [...others, ...values.map((one) => [name, one] as const)] };
}
