import { type KeyObject, verify, type X509Certificate } from 'node:crypto';
import { type CertificateFault, type CertificateResult, fault } from './certificate-fault.ts';
import { DerReader, readOid, readTime, TAG } from './der-reader.ts';
import { pinOf } from './read-certificates.ts';

/** A certificate revocation list (RFC 5280 section 5) whose signature a CA that is trusted here has made. */
export interface RevocationList {
  /** One PEM block, as OpenSSL wants it. */
  readonly pem: string;
  /** SHA-256 of the DER of the CA certificate whose list this is, lower-case hex. */
  readonly caSha256: string;
  /** Unix milliseconds. */
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** Serial numbers, lower-case hex without leading zeros. */
  readonly revoked: readonly string[];
}

const BLOCK = /-----BEGIN (X509 CRL|CRL)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g;
/** What an id names the digest of; null: the algorithm has its own. RSA-PSS names its own in parameters: not read. */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.3.101.112', null],
]);

/**
 * The lists of one file: PEM, one or several, or a single one in DER. Codes: crl_invalid, crl_expired,
 * crl_not_yet_valid, crl_signature_invalid. A list with a critical extension (a delta, or one for a part of the
 * certificates) is refused: read as a whole list it would let through what it does not speak of.
 */
export function readRevocationLists(
  bytes: Uint8Array,
  authorities: readonly X509Certificate[],
  nowMs: number,
): CertificateResult<readonly RevocationList[]> {
  const lists: RevocationList[] = [];
  for (const der of ders(bytes)) {
    const parsed = parse(der);
    if (parsed === null) return fault('crl_invalid', 'holds a revocation list that cannot be parsed');
    if (parsed.critical !== null) {
      return fault(
        'crl_invalid',
        `holds a list with the critical extension ${parsed.critical}: a whole list is needed`,
      );
    }
    const found = judge(parsed, authorities, nowMs);
    if (!found.ok) return found;
    lists.push({
      pem: toPem(der),
      caSha256: pinOf(found.value),
      thisUpdateMs: parsed.thisUpdateMs,
      nextUpdateMs: parsed.nextUpdateMs ?? 0,
      revoked: parsed.revoked,
    });
  }
  return lists.length === 0 ? fault('crl_invalid', 'holds no revocation list') : { ok: true, value: lists };
}

/** As serial numbers are compared: lower-case hex without leading zeros. */
export function serialText(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '');
}

interface ParsedList {
  readonly signed: Uint8Array;
  readonly algorithm: string | null;
  readonly signature: Uint8Array;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number | null;
  readonly revoked: readonly string[];
  /** The first critical extension of the list or of an entry. */
  readonly critical: string | null;
}

function judge(
  list: ParsedList,
  authorities: readonly X509Certificate[],
  nowMs: number,
): CertificateResult<X509Certificate> {
  const ca = authorities.find(({ publicKey }) => isSignedBy(list, publicKey));
  if (ca === undefined) {
    return fault(
      'crl_signature_invalid',
      'holds a revocation list that no CA of the client CA file has signed',
    );
  }
  const problem = timeFault(list, nowMs);
  return problem ?? { ok: true, value: ca };
}

function timeFault(list: ParsedList, nowMs: number): CertificateFault | null {
  if (list.nextUpdateMs === null) {
    return fault(
      'crl_invalid',
      'holds a revocation list without nextUpdate: nobody could tell whether it is current',
    );
  }
  if (nowMs > list.nextUpdateMs) {
    const since = new Date(list.nextUpdateMs).toISOString();
    return fault(
      'crl_expired',
      `holds a revocation list that expired at ${since}; fetch the CA's current one`,
    );
  }
  return nowMs < list.thisUpdateMs
    ? fault('crl_not_yet_valid', 'holds a revocation list of the future; look at the clock')
    : null;
}

function isSignedBy(list: ParsedList, key: KeyObject): boolean {
  const digest = list.algorithm === null ? undefined : DIGESTS.get(list.algorithm);
  if (digest === undefined) return false;
  try {
    return verify(digest, list.signed, key, list.signature);
  } catch {
    // A key of another kind than the algorithm.
    return false;
  }
}

function ders(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] === TAG.sequence) return [bytes];
  const text = Buffer.from(bytes).toString('latin1');
  return [...text.matchAll(BLOCK)].map(([, , base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')));
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}

/** CertificateList of RFC 5280; null: it is none. */
function parse(der: Uint8Array): ParsedList | null {
  const outer = new DerReader(der);
  const whole = outer.take(TAG.sequence);
  if (whole === null || !outer.atEnd) return null;
  const parts = new DerReader(whole.content);
  const body = parts.take(TAG.sequence);
  const algorithm = algorithmOf(parts);
  const signature = parts.take(TAG.bitString);
  if (body === null || signature === null || signature.content[0] !== 0 || !parts.atEnd) return null;
  const read = new DerReader(body.content);
  read.take(TAG.integer);
  // The inner algorithm must be the outer one, or a signature of a weaker kind could be shown for it.
  const inner = algorithmOf(read);
  const issuer = read.take(TAG.sequence);
  const thisUpdate = timeOf(read);
  if (algorithm === null || inner !== algorithm || issuer === null || thisUpdate === null) return null;
  const hasNext = read.nextTag === TAG.utcTime || read.nextTag === TAG.generalizedTime;
  const nextUpdateMs = hasNext ? timeOf(read) : null;
  if (hasNext && nextUpdateMs === null) return null;
  const entries =
    read.nextTag === TAG.sequence ? entriesOf(read.next()?.content) : { revoked: [], critical: null };
  const extensions = read.nextTag === 0xa0 ? (read.next()?.content ?? null) : null;
  const critical =
    extensions === null ? null : criticalOf(new DerReader(extensions).take(TAG.sequence)?.content);
  if (entries === null || critical === undefined || !read.atEnd) return null;
  return {
    signed: body.whole,
    algorithm,
    signature: signature.content.subarray(1),
    thisUpdateMs: thisUpdate,
    nextUpdateMs,
    revoked: entries.revoked,
    critical: critical ?? entries.critical,
  };
}

function algorithmOf(reader: DerReader): string | null {
  const sequence = reader.take(TAG.sequence);
  const id = sequence === null ? null : new DerReader(sequence.content).take(TAG.oid);
  return id === null ? null : readOid(id.content);
}

function timeOf(reader: DerReader): number | null {
  const element = reader.next();
  return element === null ? null : readTime(element);
}

function entriesOf(content: Uint8Array | undefined): Pick<ParsedList, 'revoked' | 'critical'> | null {
  if (content === undefined) return null;
  const reader = new DerReader(content);
  const revoked: string[] = [];
  let critical: string | null = null;
  while (!reader.atEnd) {
    const entry = reader.take(TAG.sequence);
    const parts = entry === null ? null : new DerReader(entry.content);
    const serial = parts?.take(TAG.integer) ?? null;
    if (parts === null || serial === null || timeOf(parts) === null) return null;
    revoked.push(serialText(Buffer.from(serial.content).toString('hex')));
    if (parts.nextTag === TAG.sequence) {
      const found = criticalOf(parts.next()?.content);
      if (found === undefined) return null;
      critical ??= found;
    }
    if (!parts.atEnd) return null;
  }
  return { revoked, critical };
}

/** The id of the first critical extension; null: none is; undefined: these are no extensions. */
function criticalOf(content: Uint8Array | undefined): string | null | undefined {
  if (content === undefined) return undefined;
  const reader = new DerReader(content);
  let critical: string | null = null;
  while (!reader.atEnd) {
    const extension = reader.take(TAG.sequence);
    if (extension === null) return undefined;
    const parts = new DerReader(extension.content);
    const id = parts.take(TAG.oid);
    const flag = parts.take(TAG.boolean);
    if (id === null || parts.take(TAG.octetString) === null || !parts.atEnd) return undefined;
    if (flag !== null && flag.content[0] !== 0) critical ??= readOid(id.content) ?? 'unknown';
  }
  return critical;
}
