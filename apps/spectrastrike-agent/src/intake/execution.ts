import { deriveDefaults, executionFingerprint, type JsonObject } from '@nyxera/federation-protocol';
import type { BuildContext } from './types.ts';

/** What PROTOCOL.md section 11 says about an execution, as the attributes carry it. */
export interface Execution {
  readonly fingerprint: string;
  readonly timestamp: string;
  readonly manifestHash: string;
  readonly toolHash: string;
  readonly policyDecisionHash: string;
  readonly attestationMeasurementHash: string;
  readonly attestationSynthetic: boolean;
}

/** What the defaults are derived from where something was not measured: an event's, or a report's as a whole. */
export interface ExecutionSubject {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly target: string;
  readonly status: string;
}

/** What an event says about its own execution; it wins over what the agent measured about itself. */
export interface OwnMeasurements {
  readonly manifestHash?: string | undefined;
  readonly toolHash?: string | undefined;
  readonly policyDecisionHash?: string | undefined;
  readonly attestationMeasurementHash?: string | undefined;
  readonly attestationSynthetic?: boolean | undefined;
}

/**
 * Own values first, then what was measured, then the defaults of section 11. Depends on nothing else, so that
 * the same report gives the same `execution_hash` whenever it is read.
 */
export function executionOf(
  subject: ExecutionSubject,
  context: BuildContext,
  own: OwnMeasurements = {},
): Execution {
  const { measurements, operatorId, tenantId } = context;
  const defaults = deriveDefaults({
    eventId: subject.id,
    eventType: subject.type,
    timestamp: subject.timestamp,
    target: subject.target,
    actor: operatorId,
    status: subject.status,
  });
  const execution = {
    timestamp: subject.timestamp,
    manifestHash: own.manifestHash ?? measurements.manifestHash ?? defaults.manifest_hash,
    toolHash: own.toolHash ?? measurements.toolSha256 ?? defaults.tool_hash,
    policyDecisionHash:
      own.policyDecisionHash ?? measurements.policyDecisionHash ?? defaults.policy_decision_hash,
    attestationMeasurementHash: own.attestationMeasurementHash ?? measurements.attestationMeasurementHash,
    attestationSynthetic:
      own.attestationMeasurementHash === undefined
        ? measurements.attestationSynthetic
        : (own.attestationSynthetic ?? false),
  };
  const fingerprint = executionFingerprint({
    attestation_measurement_hash: execution.attestationMeasurementHash,
    manifest_hash: execution.manifestHash,
    operator_id: operatorId,
    policy_decision_hash: execution.policyDecisionHash,
    tenant_id: tenantId,
    timestamp: execution.timestamp,
    tool_hash: execution.toolHash,
  });
  return { fingerprint, ...execution };
}

/** The attributes from which a gateway can compute the fingerprint again. */
export function executionAttributes(execution: Execution): JsonObject {
  return {
    attestation_measurement_hash: execution.attestationMeasurementHash,
    attestation_synthetic: execution.attestationSynthetic,
    execution_fingerprint: execution.fingerprint,
    fingerprint_timestamp: execution.timestamp,
    manifest_hash: execution.manifestHash,
    policy_decision_hash: execution.policyDecisionHash,
    tool_sha256: execution.toolHash,
  };
}
