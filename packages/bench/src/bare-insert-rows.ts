import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { binaryArray, type ColumnType } from './binary-array.ts';
import { CAMPAIGN, type EventSource, eventId, IDENTITY, OPERATOR, TENANT } from './source-events.ts';

/** A statement's parameters, one binary array per column, made before the clock runs. */
export type Parameters = readonly Buffer[];

/** Beyond what the start of a gateway wrote. */
const AUDIT_BASE = 1_000_000;

const EVENT_COLUMNS =
  'tenant_id text, operator_id text, event_id text, request_id uuid, evidence_index int, campaign_id text, event_type text, source_system text, severity text, observed_at_text text, observed_at timestamptz, observed_at_assumed boolean, techniques text[], tactics text[], execution_hash text, attestation_measurement_hash text, attestation_synthetic boolean, asset_ref text, target_urn text, intent_id text, fingerprint_verified boolean, content_hash bytea, accepted_at timestamptz';
const NONCE_COLUMNS = 'identity text, nonce text, request_id uuid, expires_at timestamptz';
const EVIDENCE_COLUMNS =
  'tenant_id text, request_id uuid, received_at timestamptz, endpoint text, identity text, peer_sha256 text, operator_id text, kid text, public_key bytea, signature bytea, header_timestamp bigint, nonce text, body bytea, body_sha256 bytea';
const AUDIT_COLUMNS =
  'sequence bigint, request_id uuid, recorded_at timestamptz, class text, action text, actor text, tenant_id text, code text, kid text, peer_sha256 text, entry text, disclosure text, leaf_hash bytea';
const FINDING_COLUMNS =
  'tenant_id text, operator_id text, finding_id text, event_id text, campaign_id text, asset_ref text, target_urn text, severity text, status text, first_seen timestamptz, last_seen timestamptz, execution_fingerprint text, attestation_measurement_hash text';

const TABLES = [
  { table: 'nonces', columns: NONCE_COLUMNS },
  { table: 'evidence', columns: EVIDENCE_COLUMNS },
  { table: 'events', columns: EVENT_COLUMNS },
  { table: 'findings', columns: FINDING_COLUMNS },
  { table: 'audit_log', columns: AUDIT_COLUMNS },
] as const;

/** One statement, one round trip, one transaction: rows into every table that the gateway writes, no check at all. */
export const BARE_INSERT: string = bareInsert();

function bareInsert(): string {
  let parameter = 0;
  const inserts = TABLES.map(({ table, columns }) => {
    const names = columns.split(', ').map((column) => column.split(' ')[0]);
    // An array of arrays must be rectangular, so a list travels as its own literal and is cast a row at a time.
    const types = columns.split(', ').map((column) => column.slice(column.indexOf(' ') + 1));
    const sources = types.map((type) => `$${++parameter}::${type === 'text[]' ? 'text' : type}[]`);
    const chosen = names.map((name, index) => (types[index] === 'text[]' ? `${name}::text[]` : name));
    return `${table}_in AS (INSERT INTO federation.${table} (${names.join(', ')}) SELECT ${chosen.join(', ')} FROM unnest(${sources.join(', ')}) AS row (${names.join(', ')}))`;
  });
  return `WITH ${inserts.join(',\n')} SELECT 1`;
}

/**
 * Rows of `requests` requests with `perRequest` events each, of the columns and sizes that the gateway writes for
 * them: a nonce and a row of evidence with the whole body per request; an event, an audit entry, and a finding where the
 * severity asks for it, per event.
 */
export function makeRows(
  source: EventSource,
  run: string,
  first: number,
  requests: number,
  perRequest: number,
): Parameters {
  const rows: Record<(typeof TABLES)[number]['table'], unknown[][]> = {
    nonces: [],
    evidence: [],
    events: [],
    findings: [],
    audit_log: [],
  };
  const now = new Date().toISOString();
  const later = new Date(Date.now() + 120_000).toISOString();
  for (let request = 0; request < requests; request += 1) {
    const requestId = randomUUID();
    const nonce = randomBytes(18).toString('base64url');
    const bodies: string[] = [];
    for (let index = 0; index < perRequest; index += 1) {
      const number = first + request * perRequest + index;
      const event = source.events[number % source.events.length];
      if (event === undefined) throw new Error('the source has no events');
      const id = eventId(run, number);
      const { payload, executionHash } = event;
      const attributes = payload.attributes as Readonly<Record<string, unknown>>;
      const { asset_ref: asset, target_urn: urn, attestation_measurement_hash: attestation } = attributes;
      const severity = String(payload.severity);
      const techniques = `{${(payload.mitre_techniques as readonly string[]).join(',')}}`;
      bodies.push(`{"execution_hash":"${executionHash}","payload":${event.before}${id}${event.after}}`);
      rows.events.push(
        // biome-ignore format: one row, in the order of the columns
        [TENANT, OPERATOR, id, requestId, index, CAMPAIGN, payload.event_type, payload.source_system, severity, payload.observed_at, payload.observed_at, false, techniques, '{}', executionHash, attestation, false, asset, urn, null, true, randomBytes(32), now],
      );
      const leaf = randomBytes(32);
      rows.audit_log.push(
        // biome-ignore format: one row, in the order of the columns
        [AUDIT_BASE + number, requestId, now, 'decision', 'telemetry.accept', IDENTITY, TENANT, 'accepted', leaf.toString('base64url'), leaf.toString('hex'), randomBytes(310).toString('hex'), randomBytes(200).toString('hex'), leaf],
      );
      if (severity === 'high' || severity === 'critical') {
        rows.findings.push(
          // biome-ignore format: one row, in the order of the columns
          [TENANT, OPERATOR, `fnd-${id}`, id, CAMPAIGN, asset, urn, severity, 'open', payload.observed_at, payload.observed_at, executionHash, attestation],
        );
      }
    }
    // 350 bytes of envelope around the items.
    const body = Buffer.from(bodies.join(',').padEnd(bodies.join(',').length + 350, ' '), 'ascii');
    const digest = createHash('sha256').update(body).digest();
    rows.nonces.push([IDENTITY, nonce, requestId, later]);
    rows.evidence.push(
      // biome-ignore format: one row, in the order of the columns
      [TENANT, requestId, now, 'telemetry', IDENTITY, digest.toString('hex'), OPERATOR, digest.toString('base64url'), randomBytes(32), randomBytes(64), 1_795_000_000, nonce, body, digest],
    );
  }
  return TABLES.flatMap(({ table, columns }) =>
    columns.split(', ').map((column, index) => {
      const type = column.slice(column.indexOf(' ') + 1);
      // A list travels as the text of its own array, as the gateway sends it.
      const sent = type === 'text[]' ? 'text' : (type as ColumnType);
      return binaryArray(
        sent,
        rows[table].map((row) => row[index]),
      );
    }),
  );
}
