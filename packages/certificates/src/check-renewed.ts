import type { X509Certificate } from 'node:crypto';
import { alternativeNames, missingNames } from './alternative-names.ts';
import { type CertificateResult, fault } from './certificate-fault.ts';
import { checkPrivateKey } from './check-private-key.ts';
import { checkValidity, expiryOf, isIssuedBy, readCertificates } from './read-certificates.ts';

export type CertificateUse = 'server' | 'client';

const USAGE: Readonly<Record<CertificateUse, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};

export interface RenewalExpectation {
  readonly use: CertificateUse;
  readonly keyPem: string;
  /** The certificate that it comes after. */
  readonly present: X509Certificate;
  /** The CAs that the other end believes; null: they are not known here, and the other end will judge. */
  readonly authorities: readonly X509Certificate[] | null;
  readonly nowMs: number;
}

/**
 * What a CA answered to a request: a chain, the leaf first. It must hold our key, be valid now and longer than the
 * present one, serve the same use and names, and lead to a CA that the other end believes. Codes: certificate_invalid,
 * key_mismatch, certificate_expired, certificate_not_yet_valid, certificate_usage, certificate_names, chain_untrusted.
 */
export function checkRenewed(pem: string, expected: RenewalExpectation): CertificateResult<X509Certificate> {
  const { use, keyPem, present, authorities, nowMs } = expected;
  const chain = readCertificates(pem);
  if (!chain.ok) return chain;
  const [leaf, ...above] = chain.value;
  if (leaf === undefined) return fault('certificate_invalid', 'holds no PEM certificate');
  const key = checkPrivateKey(keyPem, leaf);
  if (!key.ok) return fault(key.code, 'the certificate is not for the key that it was asked for');
  for (const certificate of chain.value) {
    const valid = checkValidity(certificate, nowMs);
    if (!valid.ok) return valid;
  }
  if (expiryOf(leaf) <= expiryOf(present)) {
    return fault('certificate_expired', 'the new certificate does not last longer than the present one');
  }
  if (leaf.ca || (leaf.keyUsage !== undefined && !leaf.keyUsage.includes(USAGE[use]))) {
    return fault('certificate_usage', `the certificate is not one for a ${use}`);
  }
  const missing = missingNames(alternativeNames(present), alternativeNames(leaf));
  if (missing.length > 0) {
    return fault(
      'certificate_names',
      `the new certificate lacks a name of the present one: ${missing.join(', ')}`,
    );
  }
  return authorities === null || leadsTo(leaf, above, authorities)
    ? { ok: true, value: leaf }
    : fault('chain_untrusted', 'no CA that the other end is configured with issued it');
}

/** Whether a path of those that came with it leads to one of the authorities, or the leaf is one's own. */
export function leadsTo(
  leaf: X509Certificate,
  above: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  if (authorities.some((ca) => isIssuedBy(leaf, ca))) return true;
  const [index, issuer] = [...above.entries()].find(([, one]) => one.ca && isIssuedBy(leaf, one)) ?? [
    -1,
    null,
  ];
  // Each is used once, so that two that vouch for each other are no endless path.
  return (
    issuer !== null &&
    leadsTo(
      issuer,
      above.filter((_, at) => at !== index),
      authorities,
    )
  );
}
