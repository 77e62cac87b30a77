import { decodeSignature } from './base64.ts';
import { canonicalizeCompat } from './canonical-json.ts';
import { type Ed25519PublicKey, verifyEd25519 } from './ed25519.ts';
import type { ErrorCode } from './error-codes.ts';
import {
  type Adjustment,
  FEEDBACK_SCHEMA_VERSION,
  FEEDBACK_SIGNATURE_ALGORITHM,
  parseAdjustment,
} from './feedback-schema.ts';
import { ADJUSTMENT_AHEAD_SECONDS, FEEDBACK_MAX_AGE_SECONDS, isFresh } from './freshness.ts';
import { MAX_TIMESTAMP } from './header-forms.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { accept, type Result, reject } from './result.ts';
import { feedbackBindingInput, feedbackSignatureInput } from './signature-input.ts';

export interface FeedbackContext {
  /** Exactly as the query wrote it: the signature covers this spelling. */
  readonly tenantId: string;
  /** Nonce of the query that this answers. */
  readonly requestNonce: string;
  /** The key of this tenant with this kid, if it may verify now; null otherwise. */
  readonly keys: (kid: string) => Ed25519PublicKey | null;
  /** Unix seconds. */
  readonly now: number;
  /** Refuse an answer without binding. Deployed gateways send none; one that is there must verify regardless. */
  readonly requireBinding: boolean;
  /** Whether the nonce has been taken before. Asked last, so a forged answer learns and changes nothing. */
  readonly nonceSeen: (nonce: string) => boolean;
}

export interface SkippedAdjustment {
  readonly index: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface VerifiedFeedback {
  readonly adjustments: readonly Adjustment[];
  readonly skipped: readonly SkippedAdjustment[];
  /** Unix seconds. The caller records the nonce until this plus FEEDBACK_NONCE_KEEP_SECONDS. */
  readonly signedAt: number;
  readonly nonce: string;
  readonly kid: string;
}

/** The members that the signature needs, taken once from the untrusted answer; only this is used afterwards. */
interface Signed {
  readonly data: readonly JsonValue[];
  readonly signature: string;
  readonly signedAt: number;
  readonly nonce: string;
  readonly kid: string;
  readonly schemaVersion: string;
}

/**
 * All checks of PROTOCOL.md section 8 but anchoring, in that order. The first that fails refuses the answer; a bad
 * item is skipped by itself and the others stand.
 */
export function verifyFeedbackResponse(
  response: JsonValue,
  context: FeedbackContext,
): Result<VerifiedFeedback> {
  const signed = signedMembers(response);
  if (signed === null || !isJsonObject(response)) {
    return reject('feedback_unsigned', 'the data array or a member that the signature needs is missing');
  }
  if (response.signature_algorithm !== FEEDBACK_SIGNATURE_ALGORITHM) {
    return reject('feedback_schema_unsupported', 'the signature algorithm is not known');
  }
  if (signed.schemaVersion !== FEEDBACK_SCHEMA_VERSION) {
    return reject('feedback_schema_unsupported', 'the schema version is not known');
  }
  const key = context.keys(signed.kid);
  if (key === null) {
    return reject('unknown_kid', 'the kid is not in the keyring of this tenant, or not valid now');
  }
  if (!verifySignature(key, signed, context.tenantId)) {
    return reject(
      'feedback_signature_invalid',
      'the signature does not verify for the tenant that was asked for',
    );
  }
  const requestNonce = response.request_nonce ?? null;
  const binding = response.binding_signature ?? null;
  const isBound = requestNonce !== null || binding !== null;
  if (isBound || context.requireBinding) {
    if (
      requestNonce !== context.requestNonce ||
      !verifyBinding(key, requestNonce, signed.signature, binding)
    ) {
      return reject('feedback_unbound', 'the answer is not bound to the nonce of this query');
    }
  }
  if (!isFresh(signed.signedAt, context.now, FEEDBACK_MAX_AGE_SECONDS)) {
    return reject('feedback_stale', 'the answer was signed too long ago, or in the future');
  }
  if (context.nonceSeen(signed.nonce)) {
    return reject('feedback_replayed', 'an answer with this nonce has been taken before');
  }
  return accept({
    ...judgeItems(signed, context),
    signedAt: signed.signedAt,
    nonce: signed.nonce,
    kid: signed.kid,
  });
}

function signedMembers(response: JsonValue): Signed | null {
  if (!isJsonObject(response)) {
    return null;
  }
  const { data, signature, signed_at: signedAt, nonce, kid, schema_version: schemaVersion } = response;
  if (!Array.isArray(data) || typeof signature !== 'string' || typeof nonce !== 'string') {
    return null;
  }
  if (typeof kid !== 'string' || typeof schemaVersion !== 'string' || typeof signedAt !== 'number') {
    return null;
  }
  const isTime = Number.isSafeInteger(signedAt) && signedAt >= 0 && signedAt <= MAX_TIMESTAMP;
  return isTime ? { data, signature, signedAt, nonce, kid, schemaVersion } : null;
}

function verifySignature(key: Ed25519PublicKey, signed: Signed, tenantId: string): boolean {
  const signature = decodeSignature(signed.signature);
  // A separator inside a member would make the input ambiguous: no such answer can be valid.
  if (signature === null || signed.nonce.includes('|') || signed.kid.includes('|')) {
    return false;
  }
  const input = feedbackSignatureInput({
    tenantId,
    signedAt: signed.signedAt,
    nonce: signed.nonce,
    schemaVersion: signed.schemaVersion,
    kid: signed.kid,
    canonicalData: canonicalizeCompat(signed.data),
  });
  return verifyEd25519(key, input, signature);
}

function verifyBinding(
  key: Ed25519PublicKey,
  requestNonce: string,
  signature: string,
  binding: JsonValue,
): boolean {
  const decoded = typeof binding === 'string' ? decodeSignature(binding) : null;
  return decoded !== null && verifyEd25519(key, feedbackBindingInput(requestNonce, signature), decoded);
}

function judgeItems(
  signed: Signed,
  context: FeedbackContext,
): { adjustments: readonly Adjustment[]; skipped: readonly SkippedAdjustment[] } {
  const adjustments: Adjustment[] = [];
  const skipped: SkippedAdjustment[] = [];
  for (const [index, item] of signed.data.entries()) {
    const judged = judgeItem(item, signed.signedAt, context);
    if (judged.ok) {
      adjustments.push(judged.value);
    } else {
      skipped.push({ index, code: judged.code, detail: judged.detail });
    }
  }
  return { adjustments, skipped };
}

function judgeItem(item: JsonValue, signedAt: number, context: FeedbackContext): Result<Adjustment> {
  const parsed = parseAdjustment(item);
  if (!parsed.ok) {
    return parsed;
  }
  const adjustment = parsed.value;
  if (adjustment.tenant_id !== context.tenantId) {
    return reject('tenant_mapping_violation', 'the adjustment is for another tenant than was asked for');
  }
  if (adjustment.timestamp > signedAt + ADJUSTMENT_AHEAD_SECONDS) {
    return reject('timestamp_out_of_window', 'the adjustment is from the future of its own answer');
  }
  if (adjustment.timestamp + adjustment.ttl_seconds <= context.now) {
    return reject('feedback_stale', 'the adjustment has expired');
  }
  return parsed;
}
