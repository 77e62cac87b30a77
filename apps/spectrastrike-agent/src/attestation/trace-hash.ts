import type { DatabaseSync } from 'node:sqlite';

/** One place in which an attestation hash stands (PROTOCOL.md section 11, "The attestation hash travels"). */
export interface HashTrace {
  readonly place: 'run' | 'report' | 'event' | 'intent' | 'graph' | 'adjustment';
  /** What it is called there: a run id, an event id, a graph id, a target. */
  readonly ref: string;
  /** Further words for people: state, target, action. */
  readonly about: string;
  readonly atMs: number;
}

/** One statement a place, in the order in which the hash travels. */
const PLACES: readonly { place: HashTrace['place']; sql: string }[] = [
  {
    place: 'run',
    sql: `SELECT run_id AS ref, iif(synthetic = 1, 'synthetic', 'measured') AS about, started_at_ms AS at_ms
          FROM runs WHERE attestation_measurement_hash = ?1 ORDER BY started_at_ms, run_id LIMIT ?2`,
  },
  {
    place: 'report',
    sql: `SELECT DISTINCT reports.name AS ref, reports.format || ' ' || reports.report_sha256 AS about,
                 reports.first_seen_ms AS at_ms
          FROM reports JOIN runs ON runs.run_id = reports.run_id
          WHERE runs.attestation_measurement_hash = ?1 ORDER BY at_ms, ref LIMIT ?2`,
  },
  {
    place: 'event',
    sql: `SELECT event_id AS ref, state || ' ' || execution_hash AS about, spooled_at_ms AS at_ms
          FROM events WHERE attestation_measurement_hash = ?1 ORDER BY seq LIMIT ?2`,
  },
  {
    place: 'intent',
    sql: `SELECT intents.intent_id AS ref, intents.intent_hash AS about, events.spooled_at_ms AS at_ms
          FROM intents JOIN events ON events.lane_id = intents.lane_id AND events.event_id = intents.event_id
          WHERE events.attestation_measurement_hash = ?1 ORDER BY intents.sequence LIMIT ?2`,
  },
  {
    place: 'graph',
    sql: `SELECT graph_id AS ref, target_urn || iif(pushed_at_ms IS NULL, ' built', ' pushed') AS about,
                 built_at_ms AS at_ms
          FROM graphs WHERE attestation_measurement_hash = ?1 ORDER BY built_at_ms, graph_id LIMIT ?2`,
  },
  {
    place: 'adjustment',
    sql: `SELECT target_urn AS ref, action || ' ' || execution_fingerprint AS about, received_at_ms AS at_ms
          FROM adjustments WHERE attestation_measurement_hash = ?1 ORDER BY received_at_ms, target_urn LIMIT ?2`,
  },
];

/**
 * Every place in the agent that holds the hash, at most `limit` of each kind. `hash`: 64 hex, any case.
 */
export function traceHash(db: DatabaseSync, hash: string, limit: number): readonly HashTrace[] {
  return PLACES.flatMap(({ place, sql }) =>
    db
      .prepare(sql)
      .all(hash.toLowerCase(), limit)
      .map((row) => ({ place, ref: String(row.ref), about: String(row.about), atMs: Number(row.at_ms) })),
  );
}
