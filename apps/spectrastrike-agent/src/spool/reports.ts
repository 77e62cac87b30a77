import type { DatabaseSync } from 'node:sqlite';
import type { LaneKey, ReportRecord } from './types.ts';

/**
 * The first record of a report stands: reading the file again must give the same events. Only how much was read of it
 * grows, and that it was read to its end is not forgotten.
 */
export function recordReport(db: DatabaseSync, laneId: number, report: ReportRecord): void {
  db.prepare(
    `INSERT INTO reports (report_sha256, mapping_version, lane_id, format, name, first_seen_ms, run_id, observed_fallback, read, complete)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET read = max(read, excluded.read), complete = max(complete, excluded.complete)`,
  ).run(
    report.reportSha256,
    report.mappingVersion,
    laneId,
    report.format,
    report.name,
    report.firstSeenMs,
    report.runId,
    report.observedFallback,
    report.read,
    report.complete ? 1 : 0,
  );
}

export function findReport(
  db: DatabaseSync,
  lane: LaneKey,
  reportSha256: string,
  mappingVersion: string,
): ReportRecord | null {
  const row = db
    .prepare(
      `SELECT r.format, r.name, r.first_seen_ms, r.run_id, r.observed_fallback, r.read, r.complete
       FROM reports r JOIN lanes l USING (lane_id)
       WHERE r.report_sha256 = ? AND r.mapping_version = ? AND l.gateway = ? AND l.operator_id = ? AND l.tenant_id = ?`,
    )
    .get(reportSha256, mappingVersion, lane.gateway, lane.operatorId, lane.tenantId);
  if (row === undefined) return null;
  return {
    reportSha256,
    mappingVersion,
    format: String(row.format),
    name: String(row.name),
    firstSeenMs: Number(row.first_seen_ms),
    runId: String(row.run_id),
    observedFallback: String(row.observed_fallback),
    read: Number(row.read),
    complete: row.complete === 1,
  };
}
