/**
 * Every code that either end may answer with, in one table (PROTOCOL.md section 17).
 *
 * The code is the contract; `title` and `meaning` are for humans and may change. No text here ever holds
 * anything that a peer sent.
 */

/**
 * What the sender of a refused message may do (PROTOCOL.md section 13).
 * - `never`: quarantine it; the same message can never succeed.
 * - `backoff`: try again later, exponential backoff with full jitter, honouring Retry-After.
 * - `pause-lane`: nothing is wrong with the event; stop the lane, alarm, probe.
 * - `once`: one more attempt with a fresh nonce, then quarantine.
 */
export type RetryAdvice = 'never' | 'backoff' | 'pause-lane' | 'once';

export interface ErrorCodeEntry {
  /** The HTTP status that the gateway answers with; null for codes that only the agent produces. */
  readonly httpStatus: number | null;
  readonly retry: RetryAdvice;
  readonly title: string;
  /** One sentence. */
  readonly meaning: string;
}

const WIRE = {
  not_found: {
    httpStatus: 404,
    retry: 'never',
    title: 'Not found',
    meaning: 'No endpoint of the federation has this path.',
  },
  method_not_allowed: {
    httpStatus: 405,
    retry: 'never',
    title: 'Method not allowed',
    meaning: 'The endpoint exists and does not answer this method.',
  },
  unsupported_media_type: {
    httpStatus: 415,
    retry: 'never',
    title: 'Unsupported media type',
    meaning: 'The body is not declared as application/json in UTF-8.',
  },
  payload_too_large: {
    httpStatus: 413,
    retry: 'never',
    title: 'Payload too large',
    meaning: 'The body is larger than the endpoint takes.',
  },
  payload_required: {
    httpStatus: 422,
    retry: 'never',
    title: 'Payload required',
    meaning: 'The body is empty.',
  },
  service_unavailable: {
    httpStatus: 503,
    retry: 'backoff',
    title: 'Service unavailable',
    meaning: 'The gateway cannot decide durably now; nothing was stored and the nonce was not claimed.',
  },
  missing_header: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Missing header',
    meaning: 'A header that the protocol requires is absent.',
  },
  malformed_header: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Malformed header',
    meaning: 'A header of the protocol is repeated or has another form than the protocol gives it.',
  },
  peer_identity_rejected: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Peer identity rejected',
    meaning:
      'The presented certificate, the declared identity and the claimed fingerprint do not agree with a pin.',
  },
  timestamp_out_of_window: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Timestamp out of window',
    meaning: 'The timestamp is further from the clock of the gateway than the allowed skew.',
  },
  signature_invalid: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Signature invalid',
    meaning: 'No key of this identity that may verify now made this signature over these bytes.',
  },
  signed_header_mismatch: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Signed header mismatch',
    meaning: 'The timestamp or the nonce of the body is not the one in the headers.',
  },
  signed_metadata_mismatch: {
    httpStatus: 401,
    retry: 'pause-lane',
    title: 'Signed metadata mismatch',
    meaning: 'The signed metadata do not equal the envelope.',
  },
  invalid_json: {
    httpStatus: 422,
    retry: 'never',
    title: 'Invalid JSON',
    meaning: 'The body is not strict JSON.',
  },
  non_canonical_json: {
    httpStatus: 422,
    retry: 'never',
    title: 'Non-canonical JSON',
    meaning: 'The body is JSON and is in neither canonical form.',
  },
  schema_invalid: {
    httpStatus: 422,
    retry: 'never',
    title: 'Schema invalid',
    meaning: 'A member is missing, unknown, or outside of its rule.',
  },
  schema_version_missing: {
    httpStatus: 422,
    retry: 'never',
    title: 'Schema version missing',
    meaning: 'The attributes do not name a schema version.',
  },
  schema_version_unsupported: {
    httpStatus: 422,
    retry: 'never',
    title: 'Schema version unsupported',
    meaning: 'The gateway does not allow this schema version.',
  },
  contract_v2_invalid: {
    httpStatus: 422,
    retry: 'never',
    title: 'Contract v2 invalid',
    meaning: 'The schema version is 2.x and the contract in the attributes breaks one of its rules.',
  },
  fingerprint_mismatch: {
    httpStatus: 422,
    retry: 'never',
    title: 'Fingerprint mismatch',
    meaning: 'The execution hash is not the fingerprint of the inputs that the event carries.',
  },
  operator_not_mapped: {
    httpStatus: 403,
    retry: 'pause-lane',
    title: 'Operator not mapped',
    meaning: 'The operator is mapped to no tenant.',
  },
  tenant_mapping_violation: {
    httpStatus: 403,
    retry: 'pause-lane',
    title: 'Tenant mapping violation',
    meaning: 'The operator is mapped to another tenant than the one named.',
  },
  key_domain_violation: {
    httpStatus: 403,
    retry: 'pause-lane',
    title: 'Key domain violation',
    meaning: 'The key that signed is not allowed for this tenant.',
  },
  operator_not_permitted: {
    httpStatus: 403,
    retry: 'pause-lane',
    title: 'Operator not permitted',
    meaning: 'The identity may not speak for this operator or this tenant.',
  },
  rate_limited: {
    httpStatus: 429,
    retry: 'backoff',
    title: 'Rate limited',
    meaning:
      'The peer or the operator sent more than its rate; nothing was stored and the nonce was not claimed.',
  },
  replay_detected: {
    httpStatus: 409,
    retry: 'once',
    title: 'Replay detected',
    meaning: 'This identity has used the nonce before.',
  },
  event_conflict: {
    httpStatus: 409,
    retry: 'never',
    title: 'Event conflict',
    meaning: 'An event with this id and other content is stored already and stands.',
  },
  internal_error: {
    httpStatus: 500,
    retry: 'backoff',
    title: 'Internal error',
    meaning: 'The gateway failed in a way that is its own fault.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

const AGENT = {
  unknown_kid: {
    httpStatus: null,
    retry: 'never',
    title: 'Unknown kid',
    meaning: 'The feedback names a key that is not in the keyring of this tenant, or not valid now.',
  },
  feedback_signature_invalid: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback signature invalid',
    meaning: 'The signature over the feedback does not verify for the tenant that was asked for.',
  },
  feedback_unsigned: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback unsigned',
    meaning: 'The feedback lacks its data array or one of the members that a signature needs.',
  },
  feedback_unbound: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback unbound',
    meaning: 'The feedback is not bound to the nonce of the query that it should answer.',
  },
  feedback_stale: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback stale',
    meaning: 'The feedback was signed too long ago or in the future, or the adjustment has expired.',
  },
  feedback_replayed: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback replayed',
    meaning: 'Feedback with this nonce has been taken before.',
  },
  feedback_schema_unsupported: {
    httpStatus: null,
    retry: 'never',
    title: 'Feedback schema unsupported',
    meaning: 'The feedback names a signature algorithm or a schema that this version does not know.',
  },
  anchor_mismatch: {
    httpStatus: null,
    retry: 'never',
    title: 'Anchor mismatch',
    meaning: 'The adjustment does not belong to an execution and attestation of the graph that was sent.',
  },
  audit_fork_detected: {
    httpStatus: null,
    retry: 'never',
    title: 'Audit fork detected',
    meaning: 'A chain or log does not continue what was seen of it before.',
  },
  operator_mismatch: {
    httpStatus: null,
    retry: 'never',
    title: 'Operator mismatch',
    meaning: 'The input names another operator than the configured one.',
  },
  server_pin_mismatch: {
    httpStatus: null,
    retry: 'pause-lane',
    title: 'Server pin mismatch',
    meaning: 'The certificate of the gateway is none of the pinned ones; nothing was sent.',
  },
  insecure_transport: {
    httpStatus: null,
    retry: 'pause-lane',
    title: 'Insecure transport',
    meaning: 'The URL or the TLS session of the gateway is not good enough to send anything over it.',
  },
  redirect_refused: {
    httpStatus: null,
    retry: 'pause-lane',
    title: 'Redirect refused',
    meaning: 'The gateway answered with a redirect, which nobody follows.',
  },
  key_permissions: {
    httpStatus: null,
    retry: 'never',
    title: 'Key permissions',
    meaning: 'A private file can be read by others than its owner.',
  },
  key_invalid: {
    httpStatus: null,
    retry: 'never',
    title: 'Key invalid',
    meaning: 'A key cannot be read, or is one that must not be used.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** Codes that travel in an answer of the gateway. */
export type WireErrorCode = keyof typeof WIRE;
/** Codes that only the agent (or a local tool) produces. */
export type AgentErrorCode = keyof typeof AGENT;
export type ErrorCode = WireErrorCode | AgentErrorCode;

export const ERROR_CODES: { readonly [C in ErrorCode]: ErrorCodeEntry } = { ...WIRE, ...AGENT };

/** Whether a text that came from a peer is a code of the wire; exact comparison. */
export function isWireErrorCode(text: string): text is WireErrorCode {
  return Object.hasOwn(WIRE, text);
}
