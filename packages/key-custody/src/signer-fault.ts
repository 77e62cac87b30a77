import { ProtocolError, type Rejection, reject } from '@nyxera/federation-protocol';

/** What an HSM or a key service can do to a signature, by name. A file signer has none of these. */
export const SIGNER_FAULTS = [
  // PKCS#11
  'pkcs11js_missing',
  'pkcs11_module_unusable',
  'token_not_found',
  'token_ambiguous',
  'key_not_found',
  'key_ambiguous',
  'key_unsuitable',
  'pin_missing',
  'pin_refused',
  'pin_locked',
  'session_lost',
  'token_failed',
  // Vault and OpenBao
  'vault_unreachable',
  'vault_tls_failed',
  'vault_redirected',
  'vault_request_refused',
  'vault_permission_denied',
  'vault_login_refused',
  'vault_path_not_found',
  'vault_rate_limited',
  'vault_sealed',
  'vault_failed',
  'vault_answer_invalid',
  // Any
  'input_too_large',
  'signature_wrong',
  'delegation_expired',
] as const;
export type SignerFaultName = (typeof SIGNER_FAULTS)[number];

const TRANSIENT: ReadonlySet<SignerFaultName> = new Set([
  'session_lost',
  'token_failed',
  'vault_unreachable',
  'vault_rate_limited',
  'vault_sealed',
  'vault_failed',
]);

/**
 * A custodian did not sign. `code` is `service_unavailable` where the same call may succeed later without anybody
 * changing the configuration, else `key_invalid`. The message begins with the fault's name, says what to do, and holds
 * neither key, PIN, token nor what a server answered.
 */
export class SignerFault extends ProtocolError {
  readonly fault: SignerFaultName;

  constructor(fault: SignerFaultName, message: string) {
    super(TRANSIENT.has(fault) ? 'service_unavailable' : 'key_invalid', `${fault}: ${message}`);
    this.fault = fault;
  }
}

/** A fault met while opening is an expected refusal; anything else is a defect and goes on. */
export function rejectionOf(error: unknown): Rejection {
  if (error instanceof ProtocolError) return reject(error.code, error.message);
  throw error;
}
