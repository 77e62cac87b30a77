/** What an entry is about; the words that a filter, an alert or a retention rule uses. */
export type AuditClass = 'decision' | 'security' | 'trust' | 'administration' | 'feedback';

/** Codes that say somebody tried what they may not: signature, mapping, pin, key domain, replay, conflict. */
const SECURITY_CODES: ReadonlySet<string> = new Set([
  'peer_identity_rejected',
  'signature_invalid',
  'signed_header_mismatch',
  'signed_metadata_mismatch',
  'operator_not_mapped',
  'operator_not_permitted',
  'tenant_mapping_violation',
  'key_domain_violation',
  'replay_detected',
  'event_conflict',
]);

/** Class of a decision about a request, by the code that it got. */
export function classOfCode(code: string): AuditClass {
  return SECURITY_CODES.has(code) ? 'security' : 'decision';
}
