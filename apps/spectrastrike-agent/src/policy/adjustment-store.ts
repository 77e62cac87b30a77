import type { DatabaseSync } from 'node:sqlite';
import type { BoundAdjustment, Provenance } from './adjustment.ts';

/** A stored adjustment with what `policy show` names as its origin. */
export interface StoredAdjustment extends BoundAdjustment, Provenance {}

/** True where the new copy's words are the ones to show. Does not look at the life, so that it is associative. */
const NEW_WORDS = `(excluded.confidence, excluded.attestation_measurement_hash, excluded.control, excluded.rationale)
    > (adjustments.confidence, adjustments.attestation_measurement_hash, adjustments.control, adjustments.rationale)`;
const words = (column: string): string =>
  `${column} = iif(${NEW_WORDS}, excluded.${column}, adjustments.${column})`;

/**
 * One target, action, cause and second is one adjustment. Should it come twice with other numbers, the higher
 * confidence and the longer life stand, whichever came first: a later answer cannot weaken what binds, and
 * the order of arrival decides nothing.
 */
const RECORD = `
INSERT INTO adjustments
  (tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds, timestamp,
   execution_fingerprint, attestation_measurement_hash, kid, request_id, received_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  confidence = max(adjustments.confidence, excluded.confidence),
  ttl_seconds = max(adjustments.ttl_seconds, excluded.ttl_seconds),
  ${['attestation_measurement_hash', 'control', 'rationale', 'kid', 'request_id', 'received_at_ms'].map(words).join(',\n  ')}`;

const COLUMNS = `tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds, timestamp,
  execution_fingerprint, attestation_measurement_hash, kid, request_id, received_at_ms`;

/** Writes one verified adjustment. The caller holds the transaction that also claims the answer's nonce. */
export function recordAdjustment(db: DatabaseSync, adjustment: BoundAdjustment, from: Provenance): void {
  db.prepare(RECORD).run(
    adjustment.tenantId.toLowerCase(),
    adjustment.targetUrn,
    adjustment.action,
    adjustment.confidence,
    adjustment.rationale,
    adjustment.control,
    adjustment.ttlSeconds,
    adjustment.timestamp,
    adjustment.executionFingerprint,
    adjustment.attestationMeasurementHash,
    from.kid,
    from.requestId,
    from.receivedAtMs,
  );
}

/** Every stored adjustment of one target, in no particular order, expired ones included. */
export function adjustmentsOf(
  db: DatabaseSync,
  tenantId: string,
  targetUrn: string,
): readonly StoredAdjustment[] {
  return db
    .prepare(`SELECT ${COLUMNS} FROM adjustments WHERE tenant_id = ? AND target_urn = ?`)
    .all(tenantId.toLowerCase(), targetUrn)
    .map(fromRow);
}

/** Adjustments by optional tenant and target, for people to read; ordered, so that output is stable. */
export function listAdjustments(
  db: DatabaseSync,
  filter: { readonly tenantId?: string | undefined; readonly targetUrn?: string | undefined },
): readonly StoredAdjustment[] {
  return db
    .prepare(
      `SELECT ${COLUMNS} FROM adjustments
       WHERE (?1 IS NULL OR tenant_id = ?1) AND (?2 IS NULL OR target_urn = ?2)
       ORDER BY tenant_id, target_urn, action, timestamp, execution_fingerprint`,
    )
    .all(filter.tenantId?.toLowerCase() ?? null, filter.targetUrn ?? null)
    .map(fromRow);
}

/**
 * Deletes what has expired and returns how many. Called only beside a verified answer, whose `signed_at` has
 * just vouched for this clock: a clock that jumped ahead must not erase a living deny.
 */
export function sweepExpiredAdjustments(db: DatabaseSync, nowSeconds: number): number {
  return Number(
    db.prepare('DELETE FROM adjustments WHERE timestamp + ttl_seconds <= ?').run(nowSeconds).changes,
  );
}

type Row = Record<string, unknown>;

function fromRow(row: Row): StoredAdjustment {
  return {
    tenantId: String(row.tenant_id),
    targetUrn: String(row.target_urn),
    action: String(row.action),
    confidence: Number(row.confidence),
    rationale: String(row.rationale),
    control: String(row.control),
    ttlSeconds: Number(row.ttl_seconds),
    timestamp: Number(row.timestamp),
    executionFingerprint: String(row.execution_fingerprint),
    attestationMeasurementHash: String(row.attestation_measurement_hash),
    kid: String(row.kid),
    requestId: row.request_id === null ? null : String(row.request_id),
    receivedAtMs: Number(row.received_at_ms),
  };
}
