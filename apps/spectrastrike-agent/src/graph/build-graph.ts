import { createHash } from 'node:crypto';
import { canonicalizeCompat, GRAPH_SCHEMA_VERSION, type JsonObject } from '@nyxera/federation-protocol';

/** Bytes of the stored body. The gateway takes 1 MiB; timestamp and nonce come on top when it is signed. */
export const GRAPH_BODY_LIMIT = 960 * 1024;
/** Event nodes that are tried first; halved until the body fits. */
export const GRAPH_EVENT_LIMIT = 1000;

/** What of a delivered event goes into a graph. */
export interface GraphEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly severity: string;
  readonly observedAt: string;
  readonly assetRef: string | null;
  readonly techniques: readonly string[];
  readonly intentId: string | null;
}

/** The execution and target that a graph is about; one graph for each. */
export interface GraphSubject {
  readonly operatorId: string;
  /** Verbatim, as the events were signed. */
  readonly tenantId: string;
  readonly campaignId: string;
  /** 64 lower-case hex. */
  readonly executionFingerprint: string;
  /** 64 lower-case hex. */
  readonly attestationMeasurementHash: string;
  /** 1..512 characters. */
  readonly targetUrn: string;
}

export interface BuiltGraph {
  /** `graph-` + 40 hex of the body's SHA-256: the same events give the same graph. */
  readonly graphId: string;
  /** The request body without `timestamp` and `nonce`, which belong to the attempt. */
  readonly body: JsonObject;
  readonly bodyText: string;
  readonly nodeCount: number;
  readonly eventsTotal: number;
  /** Below the total where the body would have grown too large; the most severe were kept. */
  readonly eventsIncluded: number;
}

/** The events that a graph may hold, and how many there were. */
export interface EventSelection {
  /** At most GRAPH_EVENT_LIMIT, the most severe first. */
  readonly events: readonly GraphEvent[];
  readonly total: number;
}

/**
 * Takes the most severe events of any number, in bounded memory: an execution may have a million. Which ones
 * does not depend on the order in which they come.
 */
export function selectEvents(events: Iterable<GraphEvent>): EventSelection {
  let kept: GraphEvent[] = [];
  let total = 0;
  for (const event of events) {
    total += 1;
    kept.push(event);
    if (kept.length >= 2 * GRAPH_EVENT_LIMIT) kept = mostSevere(kept);
  }
  return { events: mostSevere(kept), total };
}

function mostSevere(events: readonly GraphEvent[]): GraphEvent[] {
  return [...events].sort(bySeverityThenId).slice(0, GRAPH_EVENT_LIMIT);
}

/**
 * Builds the graph of one execution on one target: the execution, its assets, the techniques and the events,
 * each node carrying the execution fingerprint and the attestation hash, so that feedback can be anchored to
 * any of them (section 8, "Anchoring"). Deterministic: events, nodes and edges are sorted, and no clock is
 * read. Bounded: the most severe events are kept, and the graph says how many there were.
 */
export function buildGraph(subject: GraphSubject, events: Iterable<GraphEvent>): BuiltGraph {
  const selected = selectEvents(events);
  for (let limit = GRAPH_EVENT_LIMIT; ; limit = Math.floor(limit / 2)) {
    const built = assemble(subject, selected.events.slice(0, limit), selected.total);
    if (built.bodyText.length <= GRAPH_BODY_LIMIT || limit === 0) return built;
  }
}

function assemble(subject: GraphSubject, included: readonly GraphEvent[], total: number): BuiltGraph {
  const anchor = {
    attestation_measurement_hash: subject.attestationMeasurementHash,
    execution_fingerprint: subject.executionFingerprint,
  };
  const executionId = `execution:${subject.executionFingerprint}`;
  const nodes = new Map<string, JsonObject>();
  const edges = new Map<string, JsonObject>();
  const node = (id: string, kind: string, more: JsonObject): string => {
    nodes.set(id, { ...anchor, id, kind, ...more });
    return id;
  };
  const edge = (from: string, to: string, relation: string): void => {
    edges.set(`${from}\n${to}\n${relation}`, { from, relation, to });
  };

  node(executionId, 'execution', { campaign_id: subject.campaignId });
  for (const event of included) {
    const eventNode = node(`event:${event.eventId}`, 'event', {
      event_id: event.eventId,
      event_type: event.eventType,
      intent_id: event.intentId,
      observed_at: event.observedAt,
      severity: event.severity,
    });
    edge(executionId, eventNode, 'produced');
    if (event.assetRef !== null) {
      const asset = node(`asset:${event.assetRef}`, 'asset', { asset_ref: event.assetRef });
      edge(eventNode, asset, 'observed_on');
    }
    for (const technique of event.techniques) {
      edge(eventNode, node(`technique:${technique}`, 'technique', { technique_id: technique }), 'uses');
    }
  }

  const body: JsonObject = {
    attestation_measurement_hash: subject.attestationMeasurementHash,
    execution_fingerprint: subject.executionFingerprint,
    graph: {
      edges: sortedValues(edges),
      events_included: included.length,
      events_total: total,
      nodes: sortedValues(nodes),
      target_urn: subject.targetUrn,
    },
    operator_id: subject.operatorId,
    schema_version: GRAPH_SCHEMA_VERSION,
    tenant_id: subject.tenantId,
  };
  const bodyText = canonicalizeCompat(body);
  const digest = createHash('sha256').update(bodyText).digest('hex');
  return {
    graphId: `graph-${digest.slice(0, 40)}`,
    body,
    bodyText,
    nodeCount: nodes.size,
    eventsTotal: total,
    eventsIncluded: included.length,
  };
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];

function bySeverityThenId(a: GraphEvent, b: GraphEvent): number {
  const rank = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  if (rank !== 0) return rank;
  return a.eventId < b.eventId ? -1 : 1;
}

function sortedValues(byKey: ReadonlyMap<string, JsonObject>): readonly JsonObject[] {
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
