import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { AlternativeNames } from './certificate-request.ts';

/** One name of a subjectAltName: `DNS`, `IP Address`, `URI` or another kind, and the name itself. */
export interface AlternativeName {
  readonly kind: string;
  readonly name: string;
}

/**
 * The names that Node's text of a subjectAltName holds: `DNS:a, IP Address:b, URI:"c"`. A name that holds a comma, a quote
 * or a control character is written as a JSON string there, so that it cannot pretend to be two; it is read as one.
 * `whole`: the text was of this form to its end. Who decides by a name asks for that.
 */
export function readAlternativeNames(text: string): {
  readonly names: readonly AlternativeName[];
  readonly whole: boolean;
} {
  const names: AlternativeName[] = [];
  let at = 0;
  while (at < text.length) {
    ENTRY.lastIndex = at;
    const [whole, kind, quoted, plain] = ENTRY.exec(text) ?? [];
    const name = quoted === undefined ? plain : unquoted(quoted);
    if (whole === undefined || kind === undefined || name === undefined) return { names, whole: false };
    names.push({ kind, name });
    at = ENTRY.lastIndex;
  }
  return { names, whole: true };
}

/** Kind, then a JSON string or text without comma and quote; then the next entry, or the end. */
const ENTRY = /([A-Za-z][A-Za-z ]*):(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?:, |$)/y;

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

/** The names of a certificate that a request can ask for again; names of other kinds are left out. */
export function alternativeNames(certificate: X509Certificate): AlternativeNames {
  const { names } = readAlternativeNames(certificate.subjectAltName ?? '');
  const of = (kind: string) => names.filter((one) => one.kind === kind).map(({ name }) => name);
  return { dns: of('DNS'), ips: of('IP Address').filter((name) => isIP(name) !== 0), uris: of('URI') };
}

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
