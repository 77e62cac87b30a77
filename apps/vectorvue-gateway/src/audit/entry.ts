import { hash, randomFillSync } from 'node:crypto';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import type { AuditClass } from './classify.ts';

/**
 * The audit entry: canonical JSON (compat form, PROTOCOL.md section 10) whose RFC 9162 leaf hash is kept beside it.
 *
 * What names a tenant, an operator or a thing is in it only as a commitment, SHA-256(32-byte salt || UTF-8 value):
 * the log can be shown to others without showing them that. Salt and value are the disclosure, kept beside the
 * entry and never in the leaf.
 *
 * Sequence, time and outcome are known only inside the commit, so an entry travels as two fragments around them and
 * SQL concatenates and hashes (function federation.audit_entry). `writeEntry` is the same concatenation here.
 */
export interface EntryDraft {
  /** UUID, lower case. */
  readonly requestId: string;
  /** What was attempted, e.g. `telemetry`, `key.revoke`. */
  readonly action: string;
  /** Who: the service identity, `cli:<login>`, `environment`. */
  readonly actor: string;
  readonly tenantId: string | null;
  readonly operatorId: string | null;
  /** What it was about: event id, fingerprint, key id, JSON Pointer of a refusal; null where there is nothing. */
  readonly subject: string | null;
  /** Hex SHA-256 of the request's body as received, stored as evidence or refused body; null where there is none. */
  readonly evidenceSha256: string | null;
  readonly kid: string | null;
  readonly peerSha256: string | null;
  /** Where a request came from; a commitment like the others, because an address can be a person's. */
  readonly clientAddress?: string | null;
}

export interface EntryFragments {
  /** Up to the value of `class`. */
  readonly head: string;
  /** From the end of the value of `code` to the value of `recorded_at`. */
  readonly middle: string;
  /** Canonical JSON: member -> salt (hex) and value. */
  readonly disclosure: string;
}

export interface Recorded {
  readonly class: AuditClass;
  readonly code: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly recordedAt: string;
  readonly requestId: string;
  readonly sequence: number;
}

export type Commitment = { readonly commitment: string; readonly salt: string; readonly value: string };

export const SALT_BYTES = 32;

/** SHA-256(salt || UTF-8(value)), hex. */
export function commitTo(value: string, salt: Uint8Array): string {
  // Three bytes a unit at most; what fits is put together without an allocation.
  if (salt.length !== SALT_BYTES || value.length * 3 > SCRATCH.length - SALT_BYTES) {
    return hash('sha256', Buffer.concat([salt, Buffer.from(value, 'utf8')]), 'hex');
  }
  SCRATCH.set(salt);
  return hash('sha256', SCRATCH.subarray(0, SALT_BYTES + SCRATCH.write(value, SALT_BYTES, 'utf8')), 'hex');
}

const SCRATCH = Buffer.allocUnsafeSlow(4096);

/** Salts are cut from a pool, each byte of which is used once: asking the kernel for every salt costs more than hashing. */
const POOL = Buffer.alloc(SALT_BYTES * 256);
let used = POOL.length;

export function newSalt(): Uint8Array {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += SALT_BYTES;
  return Uint8Array.prototype.slice.call(POOL, used - SALT_BYTES, used);
}

export function makeCommitment(value: string, salt: Uint8Array = newSalt()): Commitment {
  return { commitment: commitTo(value, salt), salt: hexOf(salt), value };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Commitments that several entries of one request share; its tenant and operator are the same in all of them. */
export interface DraftCommitments {
  readonly client: Commitment | null;
  readonly operator: Commitment | null;
  readonly subject: Commitment | null;
  readonly tenant: Commitment | null;
}

export function makeCommitments(
  draft: Pick<EntryDraft, 'clientAddress' | 'operatorId' | 'subject' | 'tenantId'>,
): DraftCommitments {
  const of = (value: string | null) => (value === null ? null : makeCommitment(value));
  return {
    client: of(draft.clientAddress ?? null),
    operator: of(draft.operatorId),
    subject: of(draft.subject),
    tenant: of(draft.tenantId),
  };
}

export function entryFragments(
  draft: Omit<EntryDraft, 'clientAddress' | 'operatorId' | 'subject' | 'tenantId' | 'requestId'>,
  commitments: DraftCommitments,
): EntryFragments {
  const members: [string, Commitment][] = [];
  if (commitments.client !== null) members.push(['client_address', commitments.client]);
  if (commitments.operator !== null) members.push(['operator_id', commitments.operator]);
  if (commitments.subject !== null) members.push(['subject', commitments.subject]);
  if (commitments.tenant !== null) members.push(['tenant_id', commitments.tenant]);
  const committed = members.map(([name, { commitment }]) => `"${name}":"${commitment}"`);
  const disclosed = members.map(
    ([name, { salt, value }]) => `"${name}":{"salt":"${salt}","value":${canonicalizeCompat(value)}}`,
  );
  return {
    head: `{"action":${canonicalizeCompat(draft.action)},"actor":${canonicalizeCompat(draft.actor)},"class":"`,
    middle:
      `","commitments":{${committed.join(',')}},"evidence_sha256":${canonicalizeCompat(draft.evidenceSha256)}` +
      `,"kid":${canonicalizeCompat(draft.kid)},"peer_sha256":${canonicalizeCompat(draft.peerSha256)},"recorded_at":"`,
    disclosure: `{${disclosed.join(',')}}`,
  };
}

/** The whole entry. Class and code are words of ours (lower case and underscores), so they need no escaping. */
export function writeEntry(fragments: Pick<EntryFragments, 'head' | 'middle'>, recorded: Recorded): string {
  return (
    `${fragments.head}${recorded.class}","code":"${recorded.code}${fragments.middle}${recorded.recordedAt}` +
    `","request_id":"${recorded.requestId}","sequence":${recorded.sequence},"v":1}`
  );
}

/** RFC 9162 section 2.1.1: SHA-256(0x00 || entry). */
export function leafHash(entry: string): Uint8Array {
  return new Uint8Array(
    hash('sha256', Buffer.concat([Uint8Array.of(0), Buffer.from(entry, 'utf8')]), 'buffer'),
  );
}
