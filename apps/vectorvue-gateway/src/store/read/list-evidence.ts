import type { Queryable, Statement } from '../database.ts';
import { utcText } from './page.ts';

/** Something that was accepted, and where its evidence is: an event, or an execution graph. */
export interface AcceptedThing {
  readonly tenant_id: string;
  readonly operator_id: string;
  /** null: a graph. */
  readonly event_id: string | null;
  readonly request_id: string;
  readonly evidence_index: number;
  readonly accepted_at: string;
  readonly content_hash: Uint8Array | null;
  readonly execution_hash: string;
  readonly attestation_measurement_hash: string;
  /** Bytes of the signed body; null: the evidence has been removed. */
  readonly body_bytes: number | null;
}

/** Evidence, with what the keyring said of its key when it was committed, and what it says today. */
export interface EvidenceWithKey {
  readonly tenant_id: string;
  readonly request_id: string;
  readonly endpoint: string;
  readonly identity: string;
  readonly operator_id: string;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
  readonly header_timestamp: number;
  readonly nonce: string;
  readonly body: Uint8Array;
  readonly body_sha256: Uint8Array;
  /** null: the keyring has never had this key of this identity under this name, or not yet. */
  readonly state_then: string | null;
  /** Then: in its validity, and for this tenant. */
  readonly covered_then: boolean | null;
  readonly state_today: string | null;
}

/** Order of the walk and key of its pages: what was committed together lies together. */
export interface EvidenceCursor {
  readonly kind: 'events' | 'graphs';
  readonly tenant: string;
  readonly at: string;
  readonly operator: string;
  /** Of an event its id, of a graph its request. */
  readonly id: string;
}

export interface EvidenceQuery {
  /** Lower case; null: every tenant that the login may see. */
  readonly tenantId: string | null;
  readonly after: EvidenceCursor | null;
  /** What is accepted later is not looked at: the walk ends. */
  readonly until: string;
  readonly limit: number;
}

const EVENT_FACTS = `SELECT event.tenant_id, event.operator_id, event.event_id, event.request_id, event.evidence_index,
  ${utcText('event.accepted_at')} AS accepted_at, event.content_hash, event.execution_hash,
  event.attestation_measurement_hash,
  (SELECT octet_length(evidence.body) FROM evidence
    WHERE evidence.tenant_id = event.tenant_id AND evidence.request_id = event.request_id) AS body_bytes
FROM events AS event`;

/** One lower bound and no `OR … IS NULL`: every page begins in the index where the last one ended, by whatever plan. */
const EVENTS: Statement = {
  name: 'evidence-events-v1',
  text: `${EVENT_FACTS}
WHERE event.tenant_id <= $1
  AND (event.tenant_id, event.accepted_at, event.operator_id, event.event_id)
      > ($2::text, $3::timestamptz, $4::text, $5::text)
  AND event.accepted_at <= $6::timestamptz
ORDER BY event.tenant_id, event.accepted_at, event.operator_id, event.event_id
LIMIT $7`,
};

const GRAPHS: Statement = {
  name: 'evidence-graphs-v1',
  text: `SELECT graph.tenant_id, graph.operator_id, NULL::text AS event_id, graph.request_id, 0 AS evidence_index,
  ${utcText('graph.accepted_at')} AS accepted_at, NULL::bytea AS content_hash,
  graph.execution_fingerprint AS execution_hash, graph.attestation_measurement_hash,
  (SELECT octet_length(evidence.body) FROM evidence
    WHERE evidence.tenant_id = graph.tenant_id AND evidence.request_id = graph.request_id) AS body_bytes
FROM graphs AS graph
WHERE graph.tenant_id <= $1
  AND (graph.tenant_id, graph.request_id) > ($2::text, $3::uuid)
  AND graph.accepted_at <= $4::timestamptz
ORDER BY graph.tenant_id, graph.request_id
LIMIT $5`,
};

/** Whichever tenant and operator have an event of that id. */
const EVENTS_OF_ID: Statement = {
  name: 'evidence-events-of-id-v1',
  text: `${EVENT_FACTS}
WHERE event.tenant_id BETWEEN $1 AND $2 AND event.event_id = $3
ORDER BY event.tenant_id, event.operator_id
LIMIT 1000`,
};

const COUNT: Statement = {
  name: 'evidence-count-v1',
  text: `SELECT (SELECT count(*) FROM events WHERE tenant_id BETWEEN $1 AND $2)
  + (SELECT count(*) FROM graphs WHERE tenant_id BETWEEN $1 AND $2) AS total,
  ${utcText('clock_timestamp()')} AS until`,
};

/** The moment of a commit and of a change of a key are of one clock and under one lock: key_life, migration 13. */
const EVIDENCE: Statement = {
  name: 'evidence-with-key-v1',
  text: `SELECT evidence.tenant_id, evidence.request_id, evidence.endpoint, evidence.identity, evidence.operator_id,
  evidence.kid, evidence.public_key, evidence.signature, evidence.header_timestamp, evidence.nonce, evidence.body,
  evidence.body_sha256, was.state AS state_then, was.covered AS covered_then, today.state AS state_today
FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS wanted(tenant_id, request_id, accepted_at)
JOIN evidence ON evidence.tenant_id = wanted.tenant_id AND evidence.request_id = wanted.request_id
LEFT JOIN LATERAL (
  SELECT life.state, life.covers AND (life.not_before IS NULL OR evidence.received_at >= life.not_before)
         AND (life.not_after IS NULL OR evidence.received_at < life.not_after) AS covered
    FROM key_life(evidence.identity, 'telemetry', evidence.public_key, evidence.tenant_id) AS life
   WHERE life.kid = evidence.kid AND life.changed_at <= wanted.accepted_at
   ORDER BY life.changed_at DESC LIMIT 1) AS was ON true
LEFT JOIN LATERAL (
  SELECT life.state
    FROM key_life(evidence.identity, 'telemetry', evidence.public_key, evidence.tenant_id) AS life
   WHERE life.kid = evidence.kid
   ORDER BY life.changed_at DESC LIMIT 1) AS today ON true`,
};

/** Tenant ids are hex digits and dashes, compared by bytes: from here to there are all of them. */
function between(tenantId: string | null): readonly [string, string] {
  return tenantId === null ? ['', 'g'] : [tenantId, tenantId];
}

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/** A page of everything that was accepted, of this kind. Empty: that was all. */
export function listAccepted(
  db: Queryable,
  kind: EvidenceCursor['kind'],
  query: EvidenceQuery,
): Promise<readonly AcceptedThing[]> {
  const { until, limit } = query;
  const after = query.after?.kind === kind ? query.after : null;
  const [first, last] = between(query.tenantId);
  if (kind === 'graphs') {
    const from = [after?.tenant ?? first, after?.id ?? FIRST_UUID];
    return db.query<AcceptedThing>(GRAPHS, [last, ...from, until, limit]);
  }
  const from = after ?? { tenant: first, at: '-infinity', operator: '', id: '' };
  const { tenant, at, operator, id } = from;
  return db.query<AcceptedThing>(EVENTS, [last, tenant, at, operator, id, until, limit]);
}

export function findAccepted(
  db: Queryable,
  tenantId: string | null,
  eventId: string,
): Promise<readonly AcceptedThing[]> {
  return db.query<AcceptedThing>(EVENTS_OF_ID, [...between(tenantId), eventId]);
}

/** How much there is to look at, and the database's time before which it was accepted. */
export async function countAccepted(
  db: Queryable,
  tenantId: string | null,
): Promise<{ readonly total: number; readonly until: string }> {
  const [row] = await db.query<{ total: number; until: string }>(COUNT, [...between(tenantId)]);
  if (row === undefined) throw new Error('a count has one row');
  return { total: Number(row.total), until: row.until };
}

/** The evidence of these requests. `accepted_at` is that of what points to it. */
export function readEvidence(
  db: Queryable,
  things: readonly Pick<AcceptedThing, 'tenant_id' | 'request_id' | 'accepted_at'>[],
): Promise<readonly EvidenceWithKey[]> {
  return db.query<EvidenceWithKey>(EVIDENCE, [
    things.map((thing) => thing.tenant_id),
    things.map((thing) => thing.request_id),
    things.map((thing) => thing.accepted_at),
  ]);
}
