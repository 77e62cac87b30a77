import { sha256Hex } from '#digest-backend';
import { decodeBase64Strict, type Ed25519PublicKey, importPublicKey, verifyEd25519 } from '../ed25519.ts';
import { requestSignatureInput } from '../signature-input.ts';
import type { ProofFile } from './proof-file.ts';

type Evidence = NonNullable<ProofFile['evidence']>;

/** Evidence that was looked at once; each entry of its request is then compared with it. */
export interface OpenedEvidence {
  readonly bodySha256: string;
  /** The key that the evidence names signed those bytes with that timestamp and nonce (PROTOCOL.md section 3). */
  readonly signed: boolean;
}

/** One signature a request, however many entries are about it: the portable path takes a millisecond for each. */
export function openEvidence(evidence: Evidence): OpenedEvidence {
  const body = decodeBase64Strict(evidence.body) ?? new Uint8Array(0);
  const key = importPublicKey(evidence.public_key);
  const signature = decodeBase64Strict(evidence.signature);
  const signed = key.ok && signature !== null && isSigned(key.value, evidence, body, signature);
  return { bodySha256: sha256Hex(body), signed };
}

/** Whether the entry is about these bytes, this key and this peer. */
export function isAboutEvidence(
  entry: Readonly<Record<string, unknown>>,
  evidence: Evidence,
  { bodySha256 }: OpenedEvidence,
): boolean {
  return (
    entry.evidence_sha256 === bodySha256 &&
    entry.kid === evidence.kid &&
    entry.peer_sha256 === evidence.peer_sha256 &&
    entry.actor === evidence.identity
  );
}

function isSigned(
  key: Ed25519PublicKey,
  { timestamp, nonce }: Evidence,
  body: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verifyEd25519(key, requestSignatureInput(timestamp, nonce, body), signature);
  } catch {
    // A timestamp or nonce that no header can carry.
    return false;
  }
}
