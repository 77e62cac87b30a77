/**
 * Version of everything that decides what a report becomes: adapters, severity tables, ATT&CK defaults and
 * redaction rules. It is part of what an `event_id` is derived from, because the gateway refuses the same id with
 * other content (PROTOCOL.md section 4). tests/intake/mapping-version.test.ts fails when the mapping changes and
 * this does not.
 */
export const MAPPING_VERSION = '1';

/** Hex digits of a digest in a version; 64 bits tell the mappings of one installation apart. */
const DIGEST_DIGITS = 16;

/** What decides what a report becomes, as a whole: ours, and what was added to it, by its SHA-256 (hex). */
export function mappingVersion(added: {
  readonly mapping: string | null;
  readonly redaction: string | null;
}): string {
  const part = (name: string, sha256: string | null): string =>
    sha256 === null ? '' : `+${name}.${sha256.slice(0, DIGEST_DIGITS)}`;
  return `${MAPPING_VERSION}${part('map', added.mapping)}${part('redact', added.redaction)}`;
}
