import { hash } from 'node:crypto';
import {
  cosignatureVerifier,
  decodeBase64Strict,
  importPublicKey,
  merkleLeafHash,
  NOTE_COSIGNATURE_V1,
  type NoteVerifier,
  openCheckpoint,
  openNote,
  parseVerifierKey,
  requestSignatureInput,
  type TlogCode,
  verifyEd25519,
  verifyInclusion,
} from '@nyxera/federation-protocol';
import { isObject, openCommitments, parseObject } from './check-entry.ts';
import type { ProofFile } from './proof-file.ts';

/**
 * - the codes of the protocol's transparency log, for checkpoint, key and inclusion;
 * - `entry_mismatch`: the entry is in the log and is not the one that the file says it is;
 * - `disclosure_mismatch`: what is disclosed is not what the entry committed to;
 * - `evidence_mismatch`: the entry is about other bytes, another key or another peer;
 * - `evidence_signature_invalid`: the key did not sign those bytes.
 */
export type ProofFaultCode =
  | TlogCode
  | 'entry_mismatch'
  | 'disclosure_mismatch'
  | 'evidence_mismatch'
  | 'evidence_signature_invalid';

export interface ProvenFact {
  readonly sequence: number;
  readonly recordedAt: string;
  readonly action: string;
  readonly code: string;
  readonly actor: string;
  /** What was disclosed: tenant, operator, subject. */
  readonly disclosed: Readonly<Record<string, string>>;
}

export type ProofCheck =
  | {
      readonly ok: true;
      readonly size: number;
      readonly facts: readonly ProvenFact[];
      /** Names of witnesses that cosigned this very checkpoint, by the keys that the file names. */
      readonly witnesses: readonly string[];
      readonly evidence: boolean;
    }
  | { readonly ok: false; readonly code: ProofFaultCode; readonly place: string; readonly detail: string };

/**
 * Checks a proof by itself: the checkpoint by a key of the log, each entry by its path to the signed root, what is
 * disclosed by the entry's commitments, the evidence by its signature and by the hash in the entry.
 * @param log keys of the log that the caller trusts; the file's own key proves only that the file agrees with itself.
 */
export function checkProof(file: ProofFile, log: readonly NoteVerifier[]): ProofCheck {
  const opened = openCheckpoint(file.checkpoint, file.log, log);
  if (!opened.ok) return failed(opened.code, 'checkpoint', opened.detail);
  const facts: ProvenFact[] = [];
  for (const { sequence, entry, disclosure, proof } of file.entries) {
    const place = `entry ${sequence}`;
    const leaf = merkleLeafHash(Buffer.from(entry, 'utf8'));
    const hashes = proof.map((text) => decodeBase64Strict(text) ?? new Uint8Array(0));
    const included = verifyInclusion(opened.value, sequence, leaf, hashes);
    if (!included.ok) return failed(included.code, place, included.detail);
    const members = parseObject(entry);
    if (members === null || members.sequence !== sequence || members.request_id !== file.request_id) {
      return failed('entry_mismatch', place, 'the entry is of another request or another place');
    }
    const commitments = openCommitments(members.commitments, disclosure);
    if (!commitments.ok) {
      return failed('disclosure_mismatch', place, 'what is disclosed is not what the entry committed to');
    }
    const fault = checkEvidence(file, members);
    if (fault !== null) return { ...fault, place };
    facts.push({
      sequence,
      recordedAt: text(members.recorded_at),
      action: text(members.action),
      code: text(members.code),
      actor: text(members.actor),
      disclosed: Object.fromEntries(
        Object.entries(commitments.disclosure).map(([name, member]) => [
          name,
          text(isObject(member) ? member.value : null),
        ]),
      ),
    });
  }
  const witnesses = checkWitnesses(file);
  if (witnesses === null) {
    return failed('note_signature_invalid', 'checkpoint', 'a witness that the file names did not cosign it');
  }
  return { ok: true, size: opened.value.size, facts, witnesses, evidence: file.evidence !== null };
}

function checkEvidence(
  { evidence }: ProofFile,
  members: Readonly<Record<string, unknown>>,
): Omit<Extract<ProofCheck, { ok: false }>, 'place'> | null {
  if (evidence === null) return null;
  const body = decodeBase64Strict(evidence.body) ?? new Uint8Array(0);
  const same =
    members.evidence_sha256 === hash('sha256', body, 'hex') &&
    members.kid === evidence.kid &&
    members.peer_sha256 === evidence.peer_sha256 &&
    members.actor === evidence.identity;
  if (!same)
    return failed('evidence_mismatch', '', 'the entry is about other bytes, another key or another peer');
  const key = importPublicKey(evidence.public_key);
  const signature = decodeBase64Strict(evidence.signature);
  if (!key.ok || signature === null || !isSigned(key.value, evidence, body, signature)) {
    return failed('evidence_signature_invalid', '', 'the key of the evidence did not sign its bytes');
  }
  return null;
}

function isSigned(
  key: Parameters<typeof verifyEd25519>[0],
  { timestamp, nonce }: NonNullable<ProofFile['evidence']>,
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

/** null: one of them is named in vain. */
function checkWitnesses(file: ProofFile): readonly string[] | null {
  const names: string[] = [];
  for (const text of file.witnesses) {
    const key = parseVerifierKey(text);
    if (!key.ok || key.value.type !== NOTE_COSIGNATURE_V1) return null;
    const verifier = cosignatureVerifier(key.value.name, key.value.key);
    if (!openNote(file.checkpoint, [verifier]).ok) return null;
    names.push(key.value.name);
  }
  return names;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function failed(code: ProofFaultCode, place: string, detail: string): Extract<ProofCheck, { ok: false }> {
  return { ok: false, code, place, detail };
}
