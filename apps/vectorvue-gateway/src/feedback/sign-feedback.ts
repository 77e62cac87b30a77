import { createHash } from 'node:crypto';
import type { Signer } from '@nyxera/federation-key-custody';
import {
  ADJUSTMENT_SCHEMA_VERSION,
  adjustmentToJson,
  canonicalizeCompat,
  encodeBase64,
  FEEDBACK_SCHEMA_VERSION,
  FEEDBACK_SIGNATURE_ALGORITHM,
  feedbackBindingInput,
  feedbackSignatureInput,
} from '@nyxera/federation-protocol';
import type { Choice } from './choose-adjustments.ts';

export interface FeedbackToSign {
  readonly requestId: string;
  /** As the query wrote it. */
  readonly tenantId: string;
  readonly requestNonce: string;
  /** Unix seconds. */
  readonly signedAt: number;
  /** 18 random bytes, base64url. */
  readonly nonce: string;
  readonly kid: string;
  readonly adjustments: readonly Choice[];
}

export interface SignedFeedback {
  /** The whole body of the answer. */
  readonly json: string;
  /** Hex SHA-256 of the signed input, for the audit log. */
  readonly inputSha256: string;
}

/**
 * PROTOCOL.md section 8. The value of `data` is the very text that was signed, not another serialization of
 * it: a peer that parses and derives it again can only arrive at the same bytes.
 */
export async function signFeedback(
  signer: Pick<Signer, 'sign'>,
  feedback: FeedbackToSign,
): Promise<SignedFeedback> {
  const { tenantId, signedAt, nonce, kid, requestNonce } = feedback;
  const data = canonicalizeCompat(
    feedback.adjustments.map((choice) => adjustmentToJson(toAdjustment(choice, tenantId))),
  );
  const input = feedbackSignatureInput({
    tenantId,
    signedAt,
    nonce,
    schemaVersion: FEEDBACK_SCHEMA_VERSION,
    kid,
    canonicalData: data,
  });
  const signature = encodeBase64(await signer.sign(input));
  const binding = encodeBase64(await signer.sign(feedbackBindingInput(requestNonce, signature)));
  const json =
    `{"request_id":${JSON.stringify(feedback.requestId)},"status":"accepted","data":${data},"errors":[],` +
    JSON.stringify({
      signature,
      kid,
      signature_algorithm: FEEDBACK_SIGNATURE_ALGORITHM,
      signed_at: signedAt,
      nonce,
      schema_version: FEEDBACK_SCHEMA_VERSION,
      request_nonce: requestNonce,
      binding_signature: binding,
    }).slice(1);
  return { json, inputSha256: createHash('sha256').update(input).digest('hex') };
}

function toAdjustment(choice: Choice, tenantId: string): Parameters<typeof adjustmentToJson>[0] {
  return {
    tenant_id: tenantId,
    execution_fingerprint: choice.executionFingerprint,
    target_urn: choice.targetUrn,
    action: choice.action,
    confidence: choice.confidence,
    rationale: choice.rationale,
    control: choice.control,
    ttl_seconds: choice.ttlSeconds,
    timestamp: choice.timestamp,
    schema_version: ADJUSTMENT_SCHEMA_VERSION,
    attestation_measurement_hash: choice.attestationMeasurementHash,
  };
}
