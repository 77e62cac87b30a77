import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { AlternativeNames } from './certificate-request.ts';

/**
 * The names of a certificate, as Node writes them: `DNS:a, IP Address:b, URI:"c"`. A name with a comma or a quote in it
 * is written as a JSON string there, and is read as one; names of other kinds are left out.
 */
export function alternativeNames(certificate: X509Certificate): AlternativeNames {
  const dns: string[] = [];
  const ips: string[] = [];
  const uris: string[] = [];
  for (const [, kind, raw = ''] of (certificate.subjectAltName ?? '').matchAll(ENTRY)) {
    const name = raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
    if (kind === 'DNS') dns.push(name);
    else if (kind === 'URI') uris.push(name);
    else if (kind === 'IP Address' && isIP(name) !== 0) ips.push(name);
  }
  return { dns, ips, uris };
}

const ENTRY = /(DNS|IP Address|URI):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

/** What the one has and the other has not, as text; none: it covers all. */
export function missingNames(wanted: AlternativeNames, found: AlternativeNames): readonly string[] {
  const lacks = (names: readonly string[], others: readonly string[]) =>
    names.filter((name) => !others.some((other) => other.toLowerCase() === name.toLowerCase()));
  return [
    ...lacks(wanted.dns, found.dns),
    ...lacks(wanted.ips, found.ips),
    ...lacks(wanted.uris, found.uris),
  ];
}

/** The common name of a subject; null where it has none. */
export function commonName(certificate: X509Certificate): string | null {
  return /^CN=(.*)$/m.exec(certificate.subject ?? '')?.[1] ?? null;
}
