import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { GraphEvent, GraphSubject } from './build-graph.ts';

/** Which executions to build; everything delivered where nothing is named. */
export interface GraphFilter {
  readonly executionHash?: string | undefined;
  readonly targetUrn?: string | undefined;
}

export interface DeliveredExecution extends GraphSubject {
  readonly laneId: number;
  /** As the spool spells them: looked up without lower(), which would walk the whole lane for each execution. */
  readonly spooledAs: { readonly executionHash: string; readonly attestationHash: string };
}

const EXECUTIONS = `
SELECT events.lane_id, lanes.operator_id, lanes.tenant_id, min(events.campaign_id) AS campaign_id,
       events.execution_hash, events.attestation_measurement_hash AS attestation_hash, events.target_urn
FROM events JOIN lanes ON lanes.lane_id = events.lane_id
WHERE events.state = 'delivered'
  AND (?1 IS NULL OR lower(events.execution_hash) = ?1) AND (?2 IS NULL OR events.target_urn = ?2)
GROUP BY events.lane_id, events.execution_hash, events.attestation_measurement_hash, events.target_urn
-- A graph without the events whose payload was let go would say less than the one that was built when they were there.
HAVING count(events.emptied_at_ms) = 0
ORDER BY events.lane_id, events.execution_hash, events.target_urn, attestation_hash`;

/** As EXECUTIONS, of those with a delivery in that time and without anything that still waits. */
const EXECUTIONS_BETWEEN = `
WITH recent AS (
  SELECT DISTINCT lane_id, execution_hash FROM events INDEXED BY events_delivered
  WHERE state = 'delivered' AND emptied_at_ms IS NULL AND delivered_at_ms BETWEEN ?1 AND ?2
)
SELECT events.lane_id, lanes.operator_id, lanes.tenant_id, min(events.campaign_id) AS campaign_id,
       events.execution_hash, events.attestation_measurement_hash AS attestation_hash, events.target_urn
FROM recent CROSS JOIN events USING (lane_id, execution_hash) JOIN lanes ON lanes.lane_id = events.lane_id
GROUP BY events.lane_id, events.execution_hash, events.attestation_measurement_hash, events.target_urn
HAVING sum(events.state = 'pending') = 0 AND sum(events.state = 'delivered') > 0 AND count(events.emptied_at_ms) = 0
ORDER BY events.lane_id, events.execution_hash, events.target_urn, attestation_hash`;

const EVENTS = `
SELECT event_id, payload, intent_id FROM events
WHERE lane_id = ?1 AND execution_hash = ?2 AND attestation_measurement_hash = ?3
  AND target_urn = ?4 AND state = 'delivered'`;

/**
 * One entry for each lane, execution, attestation and target of which at least one event was delivered. Two
 * attestations of one fingerprint (only canonical events that somebody else wrote can have that) become two
 * graphs, because anchoring asks for the one hash that a graph gives for a fingerprint.
 */
export function deliveredExecutions(db: DatabaseSync, filter: GraphFilter): readonly DeliveredExecution[] {
  return db
    .prepare(EXECUTIONS)
    .all(filter.executionHash?.toLowerCase() ?? null, filter.targetUrn ?? null)
    .map(toExecution);
}

const SLICE_END = `SELECT delivered_at_ms AS at FROM events INDEXED BY events_delivered
  WHERE state = 'delivered' AND emptied_at_ms IS NULL AND delivered_at_ms BETWEEN ?1 AND ?2
  ORDER BY delivered_at_ms LIMIT 1 OFFSET ?3`;

/** Deliveries that are looked at in one go: some tens of milliseconds. */
const SLICE = 10_000;

export interface ExecutionSlice {
  readonly executions: readonly DeliveredExecution[];
  /** Unix milliseconds; what was delivered up to then was looked at. */
  readonly untilMs: number;
}

/** For a loop: what was delivered from `sinceMs` on, in slices, so that the spool's size costs nothing. */
export function executionsDelivered(db: DatabaseSync, sinceMs: number, untilMs: number): ExecutionSlice {
  const row = db.prepare(SLICE_END).get(sinceMs, untilMs, SLICE);
  const end = row === undefined ? untilMs : Number(row.at);
  return { executions: db.prepare(EXECUTIONS_BETWEEN).all(sinceMs, end).map(toExecution), untilMs: end };
}

function toExecution(row: Record<string, SQLOutputValue>): DeliveredExecution {
  return {
    laneId: Number(row.lane_id),
    operatorId: String(row.operator_id),
    tenantId: String(row.tenant_id),
    campaignId: String(row.campaign_id),
    executionFingerprint: String(row.execution_hash).toLowerCase(),
    attestationMeasurementHash: String(row.attestation_hash).toLowerCase(),
    spooledAs: {
      executionHash: String(row.execution_hash),
      attestationHash: String(row.attestation_hash),
    },
    targetUrn: String(row.target_urn),
  };
}

/** The delivered events of one execution, in no particular order, row by row: they may be a million. */
export function* deliveredEvents(db: DatabaseSync, execution: DeliveredExecution): Generator<GraphEvent> {
  const rows = db
    .prepare(EVENTS)
    .iterate(
      execution.laneId,
      execution.spooledAs.executionHash,
      execution.spooledAs.attestationHash,
      execution.targetUrn,
    );
  for (const row of rows) {
    yield readEvent(String(row.event_id), String(row.payload), String(row.intent_id));
  }
}

/**
 * Only strings are taken from the payload, so JSON.parse, which would bend large numbers, is enough here. The
 * payload is the agent's own canonical text; what is missing in it is left out, not guessed.
 */
function readEvent(eventId: string, payloadText: string, intentId: string): GraphEvent {
  const payload = asRecord(JSON.parse(payloadText));
  const attributes = asRecord(payload.attributes);
  const techniques = Array.isArray(payload.mitre_techniques) ? payload.mitre_techniques : [];
  return {
    eventId,
    eventType: text(payload.event_type) ?? '',
    severity: (text(payload.severity) ?? '').trim().toLowerCase(),
    observedAt: text(payload.observed_at) ?? '',
    assetRef: text(attributes.asset_ref),
    techniques: techniques
      .filter((one): one is string => typeof one === 'string')
      .map((one) => one.trim().toUpperCase()),
    intentId,
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
