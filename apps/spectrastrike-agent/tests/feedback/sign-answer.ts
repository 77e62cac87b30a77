import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type Adjustment,
  adjustmentToJson,
  canonicalizeCompat,
  type Ed25519PublicKey,
  FEEDBACK_SCHEMA_VERSION,
  feedbackBindingInput,
  feedbackSignatureInput,
  importPublicKey,
  type JsonObject,
  type JsonValue,
} from '@nyxera/federation-protocol';

/** A gateway's feedback key, for tests. */
export interface FeedbackKey {
  readonly kid: string;
  readonly publicKey: Ed25519PublicKey;
  readonly privateKey: KeyObject;
}

export function feedbackKey(kid: string): FeedbackKey {
  const pair = generateKeyPairSync('ed25519');
  const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const imported = importPublicKey(new Uint8Array(raw));
  if (!imported.ok) throw new Error(imported.detail);
  return { kid, publicKey: imported.value, privateKey: pair.privateKey };
}

export interface AnswerOptions {
  readonly key: FeedbackKey;
  readonly tenantId: string;
  readonly requestNonce: string;
  readonly signedAt: number;
  readonly nonce: string;
  readonly data: readonly JsonValue[];
  /** The kid that is named, where it is not the key's. */
  readonly kid?: string;
  readonly schemaVersion?: string;
}

/** An answer as PROTOCOL.md section 8 makes it, signed and bound; made from the section and not from the gateway. */
export function signAnswer(options: AnswerOptions): JsonObject {
  const { key, tenantId, requestNonce, signedAt, nonce, data } = options;
  const kid = options.kid ?? key.kid;
  const schemaVersion = options.schemaVersion ?? FEEDBACK_SCHEMA_VERSION;
  const input = feedbackSignatureInput({
    tenantId,
    signedAt,
    nonce,
    schemaVersion,
    kid,
    canonicalData: canonicalizeCompat(data),
  });
  const signature = sign(null, input, key.privateKey).toString('base64');
  const binding = sign(null, feedbackBindingInput(requestNonce, signature), key.privateKey);
  return {
    request_id: '0190a000-0000-7000-8000-000000000001',
    status: 'accepted',
    data,
    errors: [],
    signature,
    kid,
    signature_algorithm: 'Ed25519',
    signed_at: signedAt,
    nonce,
    schema_version: schemaVersion,
    request_nonce: requestNonce,
    binding_signature: binding.toString('base64'),
  };
}

export function adjustment(tenantId: string, timestamp: number, more: Partial<Adjustment> = {}): JsonObject {
  return adjustmentToJson({
    tenant_id: tenantId,
    execution_fingerprint: 'a'.repeat(64),
    target_urn: 'urn:target:ip:10.0.0.5',
    action: 'deny',
    confidence: 1,
    rationale: 'an open critical finding',
    control: 'execution',
    ttl_seconds: 1800,
    timestamp,
    schema_version: 'feedback.adjustment.v1',
    attestation_measurement_hash: 'b'.repeat(64),
    ...more,
  });
}
