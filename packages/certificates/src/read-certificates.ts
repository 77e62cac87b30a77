import { createHash, X509Certificate } from 'node:crypto';
import { type CertificateResult, fault } from './certificate-fault.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate of a PEM text, in its order; at least one. Codes: certificate_invalid. */
export function readCertificates(pem: string): CertificateResult<readonly X509Certificate[]> {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) return fault('certificate_invalid', 'holds no PEM certificate');
  try {
    return { ok: true, value: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    return fault('certificate_invalid', 'holds a certificate that cannot be parsed');
  }
}

/** Codes: certificate_expired, certificate_not_yet_valid. The end is included, as in X.509. */
export function checkValidity(certificate: X509Certificate, nowMs: number): CertificateResult<null> {
  if (nowMs > expiryOf(certificate)) {
    return fault('certificate_expired', 'holds a certificate that has expired');
  }
  if (nowMs < Date.parse(certificate.validFrom)) {
    return fault('certificate_not_yet_valid', 'holds a certificate that is not valid yet');
  }
  return { ok: true, value: null };
}

/** End of the validity, Unix milliseconds. */
export function expiryOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

/** SHA-256 of the DER, 64 lower-case hex digits: the pin of PROTOCOL.md section 2. */
export function pinOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

/** Whether this very key issued it: the name alone is anybody's to write. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
