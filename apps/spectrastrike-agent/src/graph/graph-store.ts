import type { DatabaseSync } from 'node:sqlite';
import type { BuiltGraph } from './build-graph.ts';
import type { DeliveredExecution } from './delivered-events.ts';

export interface StoredGraph {
  readonly graphId: string;
  readonly laneId: number;
  readonly gateway: string;
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
  readonly executionFingerprint: string;
  readonly attestationMeasurementHash: string;
  readonly targetUrn: string;
  readonly builtAtMs: number;
  /** null: not pushed yet. */
  readonly pushedAtMs: number | null;
  readonly requestId: string | null;
}

/**
 * Stores a built graph; returns false where it is already there, pushed or not. An older, unpushed graph of
 * the same execution and target gives way: it knew fewer events. A pushed one stays, because feedback that it
 * caused is anchored to it.
 */
export function storeGraph(
  db: DatabaseSync,
  execution: DeliveredExecution,
  graph: BuiltGraph,
  nowMs: number,
): boolean {
  const inserted = db
    .prepare(
      `INSERT INTO graphs (graph_id, lane_id, execution_fingerprint, attestation_measurement_hash, target_urn,
                           body, built_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(
      graph.graphId,
      execution.laneId,
      execution.executionFingerprint,
      execution.attestationMeasurementHash,
      execution.targetUrn,
      graph.bodyText,
      nowMs,
    ).changes;
  if (inserted === 0) return false;
  db.prepare(
    `DELETE FROM graphs WHERE lane_id = ? AND execution_fingerprint = ? AND attestation_measurement_hash = ?
       AND target_urn = ? AND pushed_at_ms IS NULL AND graph_id <> ?`,
  ).run(
    execution.laneId,
    execution.executionFingerprint,
    execution.attestationMeasurementHash,
    execution.targetUrn,
    graph.graphId,
  );
  return true;
}

/** Graphs in the order in which they were built, without their bodies: those may be a megabyte each. */
export function listGraphs(
  db: DatabaseSync,
  filter: {
    readonly unpushedOnly?: boolean;
    readonly executionHash?: string | undefined;
    readonly targetUrn?: string | undefined;
  },
): readonly StoredGraph[] {
  return db
    .prepare(
      `SELECT graphs.graph_id, graphs.lane_id, graphs.execution_fingerprint,
              graphs.attestation_measurement_hash, graphs.target_urn, graphs.built_at_ms, graphs.pushed_at_ms,
              graphs.request_id, lanes.gateway, lanes.operator_id, lanes.tenant_id
       FROM graphs JOIN lanes ON lanes.lane_id = graphs.lane_id
       WHERE (?1 = 0 OR pushed_at_ms IS NULL) AND (?2 IS NULL OR execution_fingerprint = ?2)
         AND (?3 IS NULL OR target_urn = ?3)
       ORDER BY built_at_ms, graph_id`,
    )
    .all(
      filter.unpushedOnly === true ? 1 : 0,
      filter.executionHash?.toLowerCase() ?? null,
      filter.targetUrn ?? null,
    )
    .map((row) => ({
      graphId: String(row.graph_id),
      laneId: Number(row.lane_id),
      gateway: String(row.gateway),
      operatorId: String(row.operator_id),
      tenantId: String(row.tenant_id),
      executionFingerprint: String(row.execution_fingerprint),
      attestationMeasurementHash: String(row.attestation_measurement_hash),
      targetUrn: String(row.target_urn),
      builtAtMs: Number(row.built_at_ms),
      pushedAtMs: row.pushed_at_ms === null ? null : Number(row.pushed_at_ms),
      requestId: row.request_id === null ? null : String(row.request_id),
    }));
}

/** The stored body in compat form, without timestamp and nonce; null where it, or the graph, is gone. */
export function graphBody(db: DatabaseSync, graphId: string): string | null {
  const row = db.prepare('SELECT body FROM graphs WHERE graph_id = ?').get(graphId);
  return row === undefined || row.body === '' ? null : String(row.body);
}

/** Replaced, and not updated: SQLite uses the room of a row that is removed, and not that of one that shrinks. */
const EMPTY_BODIES = `INSERT OR REPLACE INTO graphs (graph_id, lane_id, execution_fingerprint, attestation_measurement_hash,
  target_urn, body, built_at_ms, pushed_at_ms, request_id)
  SELECT graph_id, lane_id, execution_fingerprint, attestation_measurement_hash, target_urn, '', built_at_ms, pushed_at_ms,
    request_id FROM graphs INDEXED BY graphs_with_body
  WHERE pushed_at_ms < ? AND body <> '' ORDER BY pushed_at_ms LIMIT ?`;

/**
 * Within a transaction: lets the bodies of some graphs go that were pushed before then (Unix milliseconds). What feedback
 * is anchored to, fingerprint and attestation, stays. Returns how many.
 */
export function emptyPushedGraphs(db: DatabaseSync, beforeMs: number, limit: number): number {
  return Number(db.prepare(EMPTY_BODIES).run(beforeMs, limit).changes);
}

export function countGraphs(db: DatabaseSync): { readonly built: number; readonly pushed: number } {
  const row = db.prepare('SELECT count(*) AS built, count(pushed_at_ms) AS pushed FROM graphs').get();
  return { built: Number(row?.built ?? 0), pushed: Number(row?.pushed ?? 0) };
}

export function markPushed(db: DatabaseSync, graphId: string, nowMs: number, requestId: string | null): void {
  db.prepare('UPDATE graphs SET pushed_at_ms = ?, request_id = ? WHERE graph_id = ?').run(
    nowMs,
    requestId,
    graphId,
  );
}

/**
 * The attestation hashes that the pushed graphs of a tenant give for a fingerprint (both lower-case). Every
 * node of a graph of ours carries the graph's own pair (`build-graph.ts`), so looking at the graph is looking
 * at its nodes.
 */
export function pushedAttestationHashes(
  db: DatabaseSync,
  tenantId: string,
  executionFingerprint: string,
): ReadonlySet<string> {
  return new Set(
    db
      .prepare(
        `SELECT DISTINCT graphs.attestation_measurement_hash AS hash
         FROM graphs JOIN lanes ON lanes.lane_id = graphs.lane_id
         WHERE lower(lanes.tenant_id) = ?1 AND execution_fingerprint = ?2 AND pushed_at_ms IS NOT NULL`,
      )
      .all(tenantId.toLowerCase(), executionFingerprint)
      .map((row) => String(row.hash)),
  );
}

/** Whether a graph of this tenant (any case) was ever accepted by a gateway. */
export function isAnyGraphPushed(db: DatabaseSync, tenantId: string): boolean {
  const row = db
    .prepare(
      `SELECT 1 FROM graphs JOIN lanes ON lanes.lane_id = graphs.lane_id
       WHERE lower(lanes.tenant_id) = ? AND pushed_at_ms IS NOT NULL LIMIT 1`,
    )
    .get(tenantId.toLowerCase());
  return row !== undefined;
}
