import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Variables } from '../../config/settings.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

const CERT = 'VV_SERVICE_IDENTITY_CERT_PATH';
const CA = 'VV_SERVICE_IDENTITY_CA_PATH';
const DAY_MS = 86_400_000;
/** Days before expiry from which on it is a warning. */
const WARN_DAYS = 30;

/** The server certificate as agents will judge it: its name, its chain, how long it lasts. */
export function checkCertificate(variables: Variables, nowMs: number): readonly Check[] {
  const certificate = read(variables[CERT]);
  if (certificate === null) return [skipped('certificate', `${CERT} names no readable certificate`)];
  return [
    nameCheck(certificate),
    expiryCheck('certificate expiry', certificate, nowMs),
    ...chainChecks(variables, certificate, nowMs),
  ];
}

function nameCheck(certificate: X509Certificate): Check {
  const names = certificate.subjectAltName;
  if (names === undefined) {
    return faulty(
      'certificate name',
      'no subject alternative name',
      'issue it with the DNS name or address that agents use; a common name alone is not accepted',
    );
  }
  return ok('certificate name', names);
}

function expiryCheck(name: string, certificate: X509Certificate, nowMs: number): Check {
  const days = Math.floor((Date.parse(certificate.validTo) - nowMs) / DAY_MS);
  const found = `${days} day(s) left, until ${certificate.validTo}`;
  if (days < 0) return faulty(name, `expired ${-days} day(s) ago`, 'renew it');
  return days < WARN_DAYS
    ? warning(name, found, 'renew it, and pin the new one on the agents first')
    : ok(name, found);
}

function chainChecks(variables: Variables, certificate: X509Certificate, nowMs: number): readonly Check[] {
  const ca = read(variables[CA]);
  if (ca === null) return [skipped('certificate chain', `${CA} names no readable certificate`)];
  const expiry = expiryCheck('CA expiry', ca, nowMs);
  if (certificate.checkIssued(ca) && certificate.verify(ca.publicKey)) {
    return [ok('certificate chain', 'issued by the configured CA'), expiry];
  }
  return [
    warning(
      'certificate chain',
      'not issued by the configured CA, which is the CA of the clients',
      'give the agents the CA of this certificate',
    ),
    expiry,
  ];
}

function read(path: string | undefined): X509Certificate | null {
  if (path === undefined || path.trim() === '') return null;
  try {
    return new X509Certificate(readFileSync(path.trim()));
  } catch {
    return null;
  }
}
