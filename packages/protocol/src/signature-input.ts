import { sha256Hex } from '#digest-backend';
import { MAX_TIMESTAMP, NONCE } from './header-forms.ts';
import { ProtocolError } from './protocol-error.ts';
import { concatBytes, utf8 } from './utf8.ts';

/**
 * The exact bytes that are signed. A separator inside a member would let two different messages have one
 * signature, so every function throws a `ProtocolError` (misuse) rather than build an ambiguous input; what comes
 * from a peer has been through a schema before it gets here.
 */

/** `timestamp "." nonce "." body` (PROTOCOL.md section 3). The body is covered as it is on the wire. */
export function requestSignatureInput(timestamp: number, nonce: string, body: Uint8Array): Uint8Array {
  return concatBytes(requestSignatureHead(timestamp, nonce), body);
}

/** What stands before the body in it, for those who have the body at hand and would copy it otherwise. */
export function requestSignatureHead(timestamp: number, nonce: string): Uint8Array {
  return utf8(`${decimal(timestamp)}.${checkedNonce(nonce)}.`);
}

/** `timestamp "." nonce "." path-and-query`, for signed GETs (PROTOCOL.md section 19). */
export function getSignatureInput(timestamp: number, nonce: string, pathAndQuery: string): Uint8Array {
  return utf8(`${decimal(timestamp)}.${checkedNonce(nonce)}.${pathAndQuery}`);
}

export interface FeedbackSignatureMembers {
  /** Exactly as the query sent it, whatever its case. */
  readonly tenantId: string;
  /** Unix seconds. */
  readonly signedAt: number;
  readonly nonce: string;
  readonly schemaVersion: string;
  readonly kid: string;
  /** Compat form of the `data` array; the only member that may hold `|`, because it is the last. */
  readonly canonicalData: string;
}

/** Members joined by `|` (PROTOCOL.md section 8). */
export function feedbackSignatureInput(members: FeedbackSignatureMembers): Uint8Array {
  const { tenantId, signedAt, nonce, schemaVersion, kid, canonicalData } = members;
  return utf8(`${joined([tenantId, decimal(signedAt), nonce, schemaVersion, kid])}|${canonicalData}`);
}

/** Binds an answer to the query that asked for it (PROTOCOL.md section 8). */
export function feedbackBindingInput(requestNonce: string, signatureB64: string): Uint8Array {
  return utf8(joined(['feedback.binding.v1', requestNonce, signatureB64]));
}

export interface EvidenceBundleMembers {
  readonly operatorId: string;
  readonly campaignId: string;
  readonly executionHash: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly nonce: string;
}

/** Members joined by `|` (PROTOCOL.md section 9). */
export function evidenceBundleInput(members: EvidenceBundleMembers): Uint8Array {
  const { operatorId, campaignId, executionHash, timestamp, nonce } = members;
  return utf8(joined([operatorId, campaignId, executionHash, decimal(timestamp), nonce]));
}

/** Lower-case hex SHA-256 of the signed input of a bundle. */
export function bundleHash(input: Uint8Array): string {
  return sha256Hex(input);
}

function decimal(timestamp: number): string {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || timestamp > MAX_TIMESTAMP) {
    throw new ProtocolError('schema_invalid', 'a timestamp is Unix seconds: an integer of at most 12 digits');
  }
  return String(timestamp);
}

function checkedNonce(nonce: string): string {
  if (!NONCE.test(nonce)) {
    throw new ProtocolError('schema_invalid', 'a nonce is 8..128 characters of the nonce alphabet');
  }
  return nonce;
}

function joined(members: readonly string[]): string {
  if (members.some((member) => member.includes('|'))) {
    throw new ProtocolError('schema_invalid', 'a member of a signature input must not contain "|"');
  }
  return members.join('|');
}
