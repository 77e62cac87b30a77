import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import {
  expiryOf,
  leadsTo,
  nextFiles,
  pinOf,
  readCertificates,
  readRevocationLists,
} from '@nyxera/federation-certificates';
import type { Variables } from '../../config/settings.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

const CERT = 'VV_SERVICE_IDENTITY_CERT_PATH';
const CA = 'VV_SERVICE_IDENTITY_CA_PATH';
const CRL = 'VV_TG_CRL_PATH';
const DAY_MS = 86_400_000;
/** Days before expiry from which on it is a warning. */
const WARN_DAYS = 30;
/** A revocation list lives for days: a warning a month ahead would always be there. Hours. */
const CRL_WARN_HOURS = 24;

/** The certificates that handshakes rest on, as agents will judge them: names, chain, how long all of it lasts. */
export function checkCertificate(variables: Variables, nowMs: number): readonly Check[] {
  const chain = certificatesIn(variables[CERT]);
  const [certificate, ...above] = chain;
  if (certificate === undefined) return [skipped('certificate', `${CERT} names no readable certificate`)];
  return [
    nameCheck(certificate),
    ok('certificate pin', pinOf(certificate)),
    expiryCheck(
      'certificate expiry',
      certificate,
      nowMs,
      'certs renew, and let the agents pin the new one first',
    ),
    ...above.map((one) =>
      expiryCheck('certificate chain expiry', one, nowMs, 'ask the CA for its new chain'),
    ),
    ...stagedCheck(variables[CERT] ?? ''),
    ...chainChecks(variables, certificate, above, nowMs),
    ...listChecks(variables, nowMs),
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

function expiryCheck(name: string, certificate: X509Certificate, nowMs: number, advice: string): Check {
  const leftMs = expiryOf(certificate) - nowMs;
  const days = Math.floor(leftMs / DAY_MS);
  const found = `${days} day(s) left, until ${certificate.validTo}`;
  if (leftMs < 0) return faulty(name, `expired ${-days} day(s) ago`, advice);
  return leftMs <= WARN_DAYS * DAY_MS ? warning(name, found, advice) : ok(name, found);
}

function stagedCheck(certFile: string): readonly Check[] {
  const next = nextFiles({ certFile: certFile.trim(), keyFile: '' }).certFile;
  if (!existsSync(next)) return [];
  const [staged] = certificatesIn(next);
  const found = staged === undefined ? 'not readable' : `pin ${pinOf(staged)}`;
  const advice = 'let the agents pin it (peer pin --next), then run certs renew --confirmed';
  return [warning('staged certificate', found, advice)];
}

function chainChecks(
  variables: Variables,
  certificate: X509Certificate,
  above: readonly X509Certificate[],
  nowMs: number,
): readonly Check[] {
  const authorities = certificatesIn(variables[CA]);
  if (authorities.length === 0) return [skipped('certificate chain', `${CA} names no readable certificate`)];
  const expiries = authorities.map((ca) =>
    expiryCheck('CA expiry', ca, nowMs, 'add the next CA to the file, then renew'),
  );
  if (leadsTo(certificate, above, authorities)) {
    return [ok('certificate chain', 'issued by the configured CA'), ...expiries];
  }
  return [
    warning(
      'certificate chain',
      'not issued by the configured CA, which is the CA of the clients',
      'give the agents the CA of this certificate',
    ),
    ...expiries,
  ];
}

function listChecks(variables: Variables, nowMs: number): readonly Check[] {
  const paths = (variables[CRL] ?? '').split(',').map((path) => path.trim());
  return paths
    .filter((path) => path !== '')
    .map((path) => {
      const name = 'revocation list';
      try {
        const lists = readRevocationLists(readFileSync(path), certificatesIn(variables[CA]), nowMs);
        if (!lists.ok) return faulty(name, `${lists.code}: ${lists.detail}`, "fetch the CA's current list");
        const endMs = Math.min(...lists.value.map(({ nextUpdateMs }) => nextUpdateMs));
        const revoked = lists.value.reduce((sum, list) => sum + list.revoked.length, 0);
        const found = `${revoked} revoked, next update by ${new Date(endMs).toISOString()}`;
        return endMs - nowMs <= CRL_WARN_HOURS * 3_600_000
          ? warning(name, found, 'once it is overdue every handshake is refused: fetch the next one')
          : ok(name, found);
      } catch {
        return faulty(name, `${CRL} names a file that cannot be read`, `set ${CRL}`);
      }
    });
}

/** PEM, the leaf first; none where the file is not there or holds none. */
export function certificatesIn(path: string | undefined): readonly X509Certificate[] {
  try {
    const certificates = readCertificates(readFileSync(path?.trim() ?? '', 'utf8'));
    return certificates.ok ? certificates.value : [];
  } catch {
    return [];
  }
}
