import type { WireErrorCode } from '@nyxera/federation-protocol';

/**
 * Codes of requests that nobody vouched for, and of 429: written down up to a number a minute (VV_TG_REFUSAL_SAMPLES_PER_MINUTE)
 * and process, so that a flood cannot fill the log (PROTOCOL.md section 5). Their entries are samples; the metrics count all.
 * `missing_header` and `malformed_header` are samples where the identity was not established by then.
 */
const SAMPLED: ReadonlySet<string> = new Set<WireErrorCode>([
  'not_found',
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'payload_required',
  'missing_header',
  'malformed_header',
  'peer_identity_rejected',
  'rate_limited',
]);

/** Codes of answers that are never in the audit log: with the store away there is nowhere to write them. */
const UNWRITTEN: ReadonlySet<string> = new Set<WireErrorCode>(['service_unavailable', 'internal_error']);

/** What an entry of that code in the audit log stands for. */
export type HowWritten = 'each' | 'samples' | 'never';

export function howWritten(code: string): HowWritten {
  if (UNWRITTEN.has(code)) return 'never';
  return SAMPLED.has(code) ? 'samples' : 'each';
}

/** Actor of the entry of a request that nobody vouched for. */
export const STRANGER = 'stranger';
