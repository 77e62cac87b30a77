import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pinOf } from '@nyxera/federation-certificates';
import { withConfigFile } from '../config/config-file.ts';
import type { Variables } from '../config/settings.ts';

export interface OwnCertificate {
  /**
   * Lower-case hex SHA-256 of the DER certificate that the gateway presents, and of the one that `certs renew` has
   * staged; empty: none is configured here.
   */
  readonly serverCertificateSha256: readonly string[];
  /** The CA, where it is the one that the gateway's own certificate was issued by. */
  readonly caPem?: string;
}

/** What an agent needs to recognise this gateway, as far as this environment names it. */
export function readOwnCertificate(environment: Variables): OwnCertificate {
  const { variables } = withConfigFile(environment);
  const certificate = readCertificate(variables.VV_SERVICE_IDENTITY_CERT_PATH);
  if (certificate === null) return { serverCertificateSha256: [] };
  // One that waits for the switch is published with the present one: the agents pin both before it is used.
  const next = readCertificate(`${variables.VV_SERVICE_IDENTITY_CERT_PATH?.trim()}.next`);
  const serverCertificateSha256 = [certificate, ...(next === null ? [] : [next])].map(({ parsed }) =>
    pinOf(parsed),
  );
  const ca = readCertificate(variables.VV_SERVICE_IDENTITY_CA_PATH);
  // The configured CA is that of the clients; it is passed on only where it vouches for the gateway too.
  if (ca === null || !certificate.parsed.checkIssued(ca.parsed)) return { serverCertificateSha256 };
  return { serverCertificateSha256, caPem: ca.pem };
}

function readCertificate(path: string | undefined): { parsed: X509Certificate; pem: string } | null {
  if (path === undefined || path.trim() === '') return null;
  try {
    const pem = readFileSync(path.trim(), 'utf8');
    return { parsed: new X509Certificate(pem), pem };
  } catch {
    return null;
  }
}
