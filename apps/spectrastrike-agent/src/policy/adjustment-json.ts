import { expiresAt } from './adjustment.ts';
import type { StoredAdjustment } from './adjustment-store.ts';

/** An adjustment as `policy show --json` and the local API give it; `binds`: it is the one that counts for its target now. */
export function adjustmentJson(one: StoredAdjustment, binds: boolean) {
  return {
    tenant_id: one.tenantId,
    target_urn: one.targetUrn,
    action: one.action,
    confidence: one.confidence,
    control: one.control,
    rationale: one.rationale,
    ttl_seconds: one.ttlSeconds,
    timestamp: one.timestamp,
    expires_at: expiresAt(one),
    execution_fingerprint: one.executionFingerprint,
    attestation_measurement_hash: one.attestationMeasurementHash,
    kid: one.kid,
    request_id: one.requestId,
    received_at_ms: one.receivedAtMs,
    binds,
  };
}
