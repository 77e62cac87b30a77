import { decodeBase64Strict } from '../ed25519.ts';
import { openCheckpoint } from '../tlog/checkpoint.ts';
import { cosignatureVerifier } from '../tlog/cosignature.ts';
import { merkleLeafHash } from '../tlog/merkle-hash.ts';
import { NOTE_COSIGNATURE_V1, parseVerifierKey } from '../tlog/note-verifier.ts';
import { type NoteVerifier, openNote } from '../tlog/signed-note.ts';
import type { TlogCode } from '../tlog/tlog-result.ts';
import { type TreeHead, verifyInclusion } from '../tlog/verify-proof.ts';
import { utf8 } from '../utf8.ts';
import { isAboutEvidence, type OpenedEvidence, openEvidence } from './check-evidence.ts';
import { isObject, openCommitments, parseObject } from './open-commitments.ts';
import type { ProofFile } from './proof-file.ts';

/**
 * - the codes of the transparency log, for checkpoint, key and inclusion;
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

/** One thing that was checked. `place`: `checkpoint`, or `entry N` with its sequence. */
export interface ProofStep {
  readonly name: 'checkpoint' | 'inclusion' | 'entry' | 'disclosure' | 'evidence' | 'witnesses';
  readonly place: string;
  readonly fault: { readonly code: ProofFaultCode; readonly detail: string } | null;
}

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
 * @returns the first fault. Never throws.
 */
export function checkProof(file: ProofFile, log: readonly NoteVerifier[]): ProofCheck {
  for (const { place, fault } of proofSteps(file, log)) {
    if (fault !== null) return { ok: false, ...fault, place };
  }
  const opened = openCheckpoint(file.checkpoint, file.log, log);
  return {
    ok: true,
    size: opened.ok ? opened.value.size : 0,
    facts: file.entries.map(readFact),
    witnesses: file.witnesses.map((text) => {
      const key = parseVerifierKey(text);
      return key.ok ? key.value.name : '';
    }),
    evidence: file.evidence !== null,
  };
}

/**
 * The same, step by step, for whoever wants to show which of them hold: what does not depend on a step that failed is
 * still checked. Without a signed checkpoint there is no root that an entry could lead to, so it is the only one then.
 */
export function* proofSteps(file: ProofFile, log: readonly NoteVerifier[]): Generator<ProofStep> {
  const opened = openCheckpoint(file.checkpoint, file.log, log);
  yield step('checkpoint', 'checkpoint', opened.ok ? null : opened);
  if (!opened.ok) return;
  const evidence = file.evidence === null ? null : openEvidence(file.evidence);
  for (const entry of file.entries) yield* entrySteps(file, entry, opened.value, evidence);
  if (file.witnesses.length > 0) yield step('witnesses', 'checkpoint', witnessFault(file));
}

function* entrySteps(
  file: ProofFile,
  { sequence, entry, disclosure, proof }: ProofFile['entries'][number],
  head: TreeHead,
  evidence: OpenedEvidence | null,
): Generator<ProofStep> {
  const place = `entry ${sequence}`;
  const hashes = proof.map((text) => decodeBase64Strict(text) ?? new Uint8Array(0));
  const included = verifyInclusion(head, sequence, merkleLeafHash(utf8(entry)), hashes);
  yield step('inclusion', place, included.ok ? null : included);
  const members = parseObject(entry);
  const same = members !== null && members.sequence === sequence && members.request_id === file.request_id;
  yield step(
    'entry',
    place,
    same
      ? null
      : { code: 'entry_mismatch', detail: 'the entry is of another request, another place, or no entry' },
  );
  if (members === null) return;
  const opens = openCommitments(members.commitments, disclosure).ok;
  yield step(
    'disclosure',
    place,
    opens
      ? null
      : { code: 'disclosure_mismatch', detail: 'what is disclosed is not what the entry committed to' },
  );
  if (evidence !== null && file.evidence !== null) {
    yield step('evidence', place, evidenceFault(members, file.evidence, evidence));
  }
}

function evidenceFault(
  members: Readonly<Record<string, unknown>>,
  stored: NonNullable<ProofFile['evidence']>,
  evidence: OpenedEvidence,
): ProofStep['fault'] {
  if (!isAboutEvidence(members, stored, evidence)) {
    const detail = 'the entry is about other bytes, another key or another peer';
    return { code: 'evidence_mismatch', detail };
  }
  if (evidence.signed) return null;
  return {
    code: 'evidence_signature_invalid',
    detail: 'the key of the evidence did not sign its bytes',
  };
}

/** Each witness that the file names must have cosigned it: none is named in vain. */
function witnessFault(file: ProofFile): ProofStep['fault'] {
  const all = file.witnesses.every((text) => {
    const key = parseVerifierKey(text);
    if (!key.ok || key.value.type !== NOTE_COSIGNATURE_V1) return false;
    return openNote(file.checkpoint, [cosignatureVerifier(key.value.name, key.value.key)]).ok;
  });
  return all
    ? null
    : { code: 'note_signature_invalid', detail: 'a witness that the file names did not cosign it' };
}

/** What a proven entry says. */
function readFact({ sequence, entry, disclosure }: ProofFile['entries'][number]): ProvenFact {
  const members = parseObject(entry) ?? {};
  const disclosed = Object.entries(parseObject(disclosure) ?? {}).map(
    ([name, member]) => [name, text(isObject(member) ? member.value : null)] as const,
  );
  return {
    sequence,
    recordedAt: text(members.recorded_at),
    action: text(members.action),
    code: text(members.code),
    actor: text(members.actor),
    disclosed: Object.fromEntries(disclosed),
  };
}

function step(
  name: ProofStep['name'],
  place: string,
  fault: { readonly code: ProofFaultCode; readonly detail: string } | null,
): ProofStep {
  return { name, place, fault: fault === null ? null : { code: fault.code, detail: fault.detail } };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
