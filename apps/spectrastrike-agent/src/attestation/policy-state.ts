import { double, type JsonObject } from '@nyxera/federation-protocol';
import type { StoredAdjustment } from '../policy/adjustment-store.ts';

/**
 * The policy that was in force, as the manifest records it: the living adjustments of the tenant. What is in
 * it decides; when and in which answer it arrived does not, so that an agent which was told the same measures
 * the same.
 */
export function policyState(
  tenantId: string,
  livingByTarget: readonly (readonly StoredAdjustment[])[],
): JsonObject {
  return {
    adjustments: livingByTarget.flat().map((one) => ({
      action: one.action,
      attestation_measurement_hash: one.attestationMeasurementHash,
      confidence: double(one.confidence),
      control: one.control,
      execution_fingerprint: one.executionFingerprint,
      target_urn: one.targetUrn,
      timestamp: one.timestamp,
      ttl_seconds: one.ttlSeconds,
    })),
    tenant_id: tenantId.toLowerCase(),
  };
}
