import type { DatabaseSync } from 'node:sqlite';
import type { Measurement } from './measure.ts';

/** A measurement as it was recorded, once per run. */
export interface RecordedRun extends Measurement {
  readonly runId: string;
  readonly startedAtMs: number;
}

/**
 * Records the measurement of a run before anything is spooled under it. The manifest, some 20 KB, is kept once
 * for each hash: an agent that is started every minute must not fill the disk with the same text.
 */
export function recordRun(db: DatabaseSync, run: RecordedRun): void {
  db.prepare(
    `INSERT INTO runs (run_id, started_at_ms, manifest_json, attestation_measurement_hash, manifest_hash,
                       tool_sha256, policy_decision_hash, synthetic)
     VALUES (?1, ?2, iif(EXISTS (SELECT 1 FROM runs WHERE attestation_measurement_hash = ?4), '', ?3),
             ?4, ?5, ?6, ?7, ?8)`,
  ).run(
    run.runId,
    run.startedAtMs,
    run.manifestJson,
    run.attestationMeasurementHash,
    run.manifestHash ?? '',
    run.toolSha256,
    run.policyDecisionHash,
    run.attestationSynthetic ? 1 : 0,
  );
}

const COLUMNS = `run_id, started_at_ms,
  (SELECT manifest_json FROM runs AS first WHERE manifest_json <> ''
     AND first.attestation_measurement_hash = runs.attestation_measurement_hash LIMIT 1) AS manifest_json,
  attestation_measurement_hash, manifest_hash, tool_sha256,
  policy_decision_hash, synthetic`;

/** The newest run, or null where none was recorded. */
export function latestRun(db: DatabaseSync): RecordedRun | null {
  const row = db
    .prepare(`SELECT ${COLUMNS} FROM runs ORDER BY started_at_ms DESC, run_id DESC LIMIT 1`)
    .get();
  return row === undefined ? null : fromRow(row);
}

export function runById(db: DatabaseSync, runId: string): RecordedRun | null {
  const row = db.prepare(`SELECT ${COLUMNS} FROM runs WHERE run_id = ?`).get(runId);
  return row === undefined ? null : fromRow(row);
}

function fromRow(row: Record<string, unknown>): RecordedRun {
  return {
    runId: String(row.run_id),
    startedAtMs: Number(row.started_at_ms),
    manifestJson: String(row.manifest_json),
    attestationMeasurementHash: String(row.attestation_measurement_hash),
    attestationSynthetic: row.synthetic === 1,
    // An empty text stands for "not measured": the column may not be null.
    manifestHash: row.manifest_hash === '' ? null : String(row.manifest_hash),
    toolSha256: row.tool_sha256 === null ? null : String(row.tool_sha256),
    policyDecisionHash: row.policy_decision_hash === null ? null : String(row.policy_decision_hash),
  };
}
