/**
 * Why certificates, a key or a revocation list are not used. Stable; the detail beside it is for people.
 *
 * `file_unreadable` a file cannot be read · `file_is_link` a file that is to be replaced is a link, so something else
 * manages it · `certificate_invalid` no PEM certificate · `certificate_expired` · `certificate_not_yet_valid` ·
 * `certificate_not_ca` a CA file holds a leaf · `certificate_names` a name is missing · `certificate_usage` not meant
 * for that end of a connection · `chain_untrusted` no known CA issued it · `key_invalid` no private key ·
 * `key_encrypted` · `key_public` a public key where a private one belongs · `key_permissions` others may read it ·
 * `key_weak` RSA below 2048 bits, or a type that TLS 1.3 does not sign with · `key_mismatch` not the key of the
 * certificate · `crl_invalid` · `crl_expired` · `crl_not_yet_valid` · `crl_signature_invalid` no CA here has signed
 * it · `crl_missing` a CA has none · `tls_rejected` OpenSSL does not take it · `command_failed` the command of a renewal
 * failed, was silent, or took too long.
 */
export type CertificateFaultCode =
  | 'file_unreadable'
  | 'file_is_link'
  | 'certificate_invalid'
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'certificate_not_ca'
  | 'certificate_names'
  | 'certificate_usage'
  | 'chain_untrusted'
  | 'key_invalid'
  | 'key_encrypted'
  | 'key_public'
  | 'key_permissions'
  | 'key_weak'
  | 'key_mismatch'
  | 'crl_invalid'
  | 'crl_expired'
  | 'crl_not_yet_valid'
  | 'crl_signature_invalid'
  | 'crl_missing'
  | 'tls_rejected'
  | 'command_failed';

export interface CertificateFault {
  readonly ok: false;
  readonly code: CertificateFaultCode;
  /** What was found and what to do. Never content of a file. */
  readonly detail: string;
}

export type CertificateResult<Value> = { readonly ok: true; readonly value: Value } | CertificateFault;

export function fault(code: CertificateFaultCode, detail: string): CertificateFault {
  return { ok: false, code, detail };
}
