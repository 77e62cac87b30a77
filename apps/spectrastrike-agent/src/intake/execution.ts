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
  /** Attributes whose value nobody measured or stated, so that a default of section 11 stands there. */
  readonly derived: readonly string[];
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
  const manifestHash = own.manifestHash ?? measurements.manifestHash;
  const toolHash = own.toolHash ?? measurements.toolSha256;
  const policyDecisionHash = own.policyDecisionHash ?? measurements.policyDecisionHash;
  const execution = {
    timestamp: subject.timestamp,
    manifestHash: manifestHash ?? defaults.manifest_hash,
    toolHash: toolHash ?? defaults.tool_hash,
    policyDecisionHash: policyDecisionHash ?? defaults.policy_decision_hash,
    derived: [
      ...(manifestHash == null ? ['manifest_hash'] : []),
      ...(policyDecisionHash == null ? ['policy_decision_hash'] : []),
      ...(toolHash == null ? ['tool_sha256'] : []),
    ],
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
    // Nobody may take a default for a measurement: what was derived is named (PROTOCOL.md section 11).
    derived_measurements: execution.derived,
    execution_fingerprint: execution.fingerprint,
    fingerprint_timestamp: execution.timestamp,
    manifest_hash: execution.manifestHash,
    policy_decision_hash: execution.policyDecisionHash,
    tool_sha256: execution.toolHash,
  };
}
