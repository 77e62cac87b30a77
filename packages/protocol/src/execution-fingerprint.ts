import { sha256Hex } from '#digest-backend';
import { canonicalizeCompat } from './canonical-json.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import { ProtocolError } from './protocol-error.ts';

/** The seven strings of PROTOCOL.md section 11, none blank, each verbatim. */
export interface FingerprintInput {
  readonly attestation_measurement_hash: string;
  readonly manifest_hash: string;
  readonly operator_id: string;
  readonly policy_decision_hash: string;
  readonly tenant_id: string;
  /** RFC 3339 text of the execution's own time, never re-formatted. */
  readonly timestamp: string;
  /** The attribute `tool_sha256`. */
  readonly tool_hash: string;
}

/**
 * Lower-case hex SHA-256 over the compat form of exactly the seven members.
 * @throws ProtocolError `schema_invalid` if one is missing or blank.
 */
export function executionFingerprint(input: FingerprintInput): string {
  // The compat form by hand: names and their order are fixed, so nothing is sorted or looked up.
  let text = '';
  for (const name of MEMBERS) {
    const value: unknown = input[name];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new ProtocolError('schema_invalid', `${name} must be a string that is not blank`);
    }
    text += `${text === '' ? '{' : ','}"${name}":${canonicalizeCompat(value)}`;
  }
  return sha256Hex(`${text}}`);
}

/** In canonical order. */
const MEMBERS = [
  'attestation_measurement_hash',
  'manifest_hash',
  'operator_id',
  'policy_decision_hash',
  'tenant_id',
  'timestamp',
  'tool_hash',
] as const satisfies readonly (keyof FingerprintInput)[];

/** The input as an event carries it; null unless all of it is there, so that nothing can be recomputed. */
export function fingerprintInputFrom(
  attributes: JsonObject,
  operatorId: string,
  tenantId: string,
): FingerprintInput | null {
  const attestation = text(attributes.attestation_measurement_hash);
  const manifest = text(attributes.manifest_hash);
  const policy = text(attributes.policy_decision_hash);
  const tool = text(attributes.tool_sha256);
  const timestamp = text(attributes.fingerprint_timestamp);
  if (attestation === null || manifest === null || policy === null || tool === null || timestamp === null) {
    return null;
  }
  if (operatorId.trim() === '' || tenantId.trim() === '') {
    return null;
  }
  return {
    attestation_measurement_hash: attestation,
    manifest_hash: manifest,
    operator_id: operatorId,
    policy_decision_hash: policy,
    tenant_id: tenantId,
    timestamp,
    tool_hash: tool,
  };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

export interface DefaultsInput {
  readonly eventId: string;
  /** In its original case. */
  readonly eventType: string;
  readonly timestamp: string;
  /** The asset_ref. */
  readonly target: string;
  /** The operator. */
  readonly actor: string;
  /** The report's own status. */
  readonly status: string;
}

export interface DerivedDefaults {
  readonly manifest_hash: string;
  readonly tool_hash: string;
  readonly policy_decision_hash: string;
  readonly attestation_measurement_hash: string;
}

/**
 * Stand-ins for inputs that nobody measured, exactly as deployed peers derive them (PROTOCOL.md section 11).
 * They prove nothing: whoever uses the attestation value must mark the event `attestation_synthetic`.
 */
export function deriveDefaults(input: DefaultsInput): DerivedDefaults {
  const { eventId, eventType, timestamp, target, actor, status } = input;
  return {
    manifest_hash: `mh-${hashOf(eventId, eventType, timestamp)}`,
    tool_hash: `sha256:${hashOf(target, eventType)}`,
    policy_decision_hash: `ph-${hashOf(actor, status, target)}`,
    attestation_measurement_hash: hashOf(eventId, timestamp, target, actor, 'attestation'),
  };
}

function hashOf(...members: readonly string[]): string {
  return sha256Hex(members.join('|'));
}
