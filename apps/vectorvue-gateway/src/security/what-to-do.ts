import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { SecurityCode } from './security-events.ts';

/**
 * What whoever runs the gateway does about a refusal or a security event: one or two sentences a code, beside its
 * meaning (packages/protocol, `ERROR_CODES`). Every wire code has one: the type says so, and a test.
 */
export const WHAT_TO_DO: { readonly [Code in WireErrorCode | SecurityCode]: string } = {
  not_found:
    'Compare the base URL of the agent with this gateway: something is before or after the path. A stranger that looks around causes it, too.',
  method_not_allowed:
    'Agents only use POST, and GET for the log. Find out what else calls this port; a health check belongs on the administration listener.',
  unsupported_media_type:
    'Have the sender declare application/json in UTF-8. A proxy that rewrites headers must not be in front of the gateway.',
  payload_too_large:
    'Have the sender split what it sends: 1 MiB a request, 8 MiB a batch. The agent keeps the event in quarantine until then.',
  payload_required:
    'The sender sent no body. Look at what is between it and the gateway, and at its version.',
  service_unavailable:
    'Ask /readyz for the reasons: mostly the database. Nothing is lost; agents try again by themselves.',
  missing_header:
    'The sender does not speak the whole protocol. Look at its version, and at whatever may remove headers on the way.',
  malformed_header:
    'A security header is repeated or has another form. Look at the version of the sender; repeated headers can be an attempt to have two readers see different ones.',
  peer_identity_rejected:
    'If the certificate of an agent was renewed, pin the new one (identity pin). Otherwise somebody with a certificate of the CA claims to be an agent: find the peer by its address and certificate.',
  timestamp_out_of_window:
    'Set the clock of the agent by NTP; its skew is in the overview. If the clock is right, look for what holds requests back on the way.',
  signature_invalid:
    'Compare the public key of the agent with the one stored here (key list). After a rotation on its side load the new key; if nothing was rotated, treat the identity as attacked.',
  signed_header_mismatch:
    'The headers are not those that were signed. Look for what changes requests between the agent and the gateway; if there is nothing, treat it as an attack.',
  signed_metadata_mismatch:
    'The signed metadata name another operator, tenant or campaign than the envelope. Ask whoever runs the agent; its software contradicts itself, or somebody edits events.',
  invalid_json:
    'The sender makes no strict JSON. The event waits in its quarantine; mend the producer and have it sent again.',
  non_canonical_json:
    'The sender signs a form that is not canonical. Update it, or let it use the library of the protocol for canonical JSON.',
  schema_invalid:
    'The path says which member is wrong. Mend the producer of the event; the agent keeps it in quarantine and can send it again.',
  schema_version_missing:
    'Have the producer name attributes.schema_version, or stop enforcing it (VV_TG_ENFORCE_SCHEMA_VERSION).',
  schema_version_unsupported:
    'Allow the version (VV_TG_ALLOWED_SCHEMA_VERSIONS) if it is one that you want, or have the producer send one that is allowed.',
  contract_v2_invalid:
    'The path says which rule of contract v2 is broken. Mend the producer; the event waits in quarantine.',
  fingerprint_mismatch:
    'The inputs of the fingerprint were changed after it was made. Compare the event with the report that it came from.',
  operator_not_mapped:
    'Map the operator to its tenant (tenant map), if it should be known here. Agents send again by themselves after that.',
  tenant_mapping_violation:
    'The operator belongs to another tenant, or its tenant is suspended. Compare the mapping with the settings of the agent; do not map around it without asking the tenant.',
  key_domain_violation:
    'A key signed for a tenant that it may not vouch for. Find out who holds the key before anything else; extend its domain only if the tenant was forgotten.',
  operator_not_permitted:
    'The identity is limited to other operators or tenants (identity limit). Extend the limit if it was forgotten; otherwise an agent speaks for somebody else.',
  rate_limited:
    'Raise the rate (VV_TG_RATE_LIMIT_PER_MINUTE, VV_TG_PEER_RATE_LIMIT_PER_SECOND) or have the agent send batches. Nothing is lost; it tries again by itself.',
  replay_detected:
    'The same signed request came twice. Once after a broken connection is harmless; again and again somebody replays what they recorded: find the peer by its address.',
  event_conflict:
    'The id of a stored event came again with other content; the first one stands. Compare both with the report: a producer that re-uses ids, or evidence that somebody wants changed.',
  internal_error:
    'A fault of this gateway: its log has a line with the request id. Report it with that line.',
  audit_fork_detected:
    'A witness was shown another history of the log than this one. Stop changing anything, keep database and backups, and compare them with the witness.',
  tls_handshake_failed:
    'Scanners cause it. If an agent is meant: does its certificate come from the client CA, and is it still valid? The reason is in the log and in the metrics.',
  http_malformed:
    'A scanner, or something that is no agent. If it comes from an agent or a balancer, compare what they speak with what this port expects.',
};

/** Security events of the console: a session tried what it may not. */
const OF_CONSOLE: { readonly [code: string]: { readonly meaning: string; readonly whatToDo: string } } = {
  role_insufficient: {
    meaning: 'Somebody who is signed in to the console called what their role may not.',
    whatToDo:
      'Ask them. The console offers no such button, so the call was made by hand; end the session if they know nothing of it.',
  },
  tenant_forbidden: {
    meaning: 'Somebody who is signed in to the console asked for a tenant that is not theirs.',
    whatToDo:
      'A shared link to another tenant causes it. If it comes again and again, end the session and ask them.',
  },
  sign_in_refused: {
    meaning: 'Somebody tried to sign in to the console and was refused.',
    whatToDo: 'A link that was used or has run out causes it. Many in a row are somebody who guesses.',
  },
};

export function meaningOfConsole(code: string): string | null {
  return Object.hasOwn(OF_CONSOLE, code) ? (OF_CONSOLE[code]?.meaning ?? null) : null;
}

/** Of a code that this version does not know: written by a newer one. */
const UNKNOWN =
  'This version does not know the code; a newer gateway wrote it. Its documentation says what to do.';

/** Never anything that a peer sent. */
export function whatToDo(code: string): string {
  if (Object.hasOwn(WHAT_TO_DO, code)) return WHAT_TO_DO[code as WireErrorCode];
  return (Object.hasOwn(OF_CONSOLE, code) ? OF_CONSOLE[code]?.whatToDo : undefined) ?? UNKNOWN;
}
