import { decodeBase64Strict } from '../ed25519.ts';
import { openCheckpoint, type SignedCheckpoint } from '../tlog/checkpoint.ts';
import type { NoteVerifier } from '../tlog/signed-note.ts';
import type { TlogCode } from '../tlog/tlog-result.ts';
import { verifyConsistency } from '../tlog/verify-proof.ts';
import type { CheckpointFile } from './proof-file.ts';

export type ContinuationCheck =
  | { readonly ok: true; readonly from: number; readonly to: number }
  | {
      readonly ok: false;
      /** `no_proof`: the new file proves no continuation of a tree of the old size. It says nothing about the log. */
      readonly code: TlogCode | 'no_proof';
      readonly place: 'old' | 'new';
      readonly detail: string;
    };

/**
 * That the new checkpoint continues the old one: both signed by a key of the log, nothing removed, changed or inserted
 * below the old one.
 * @param oldNote a C2SP checkpoint that somebody has kept. @param log keys of the log.
 */
export function checkContinuationFile(
  oldNote: string,
  file: CheckpointFile,
  log: readonly NoteVerifier[],
): ContinuationCheck {
  const old = openCheckpoint(oldNote, file.log, log);
  if (!old.ok) return { ok: false, code: old.code, place: 'old', detail: old.detail };
  const now = openCheckpoint(file.checkpoint, file.log, log);
  if (!now.ok) return { ok: false, code: now.code, place: 'new', detail: now.detail };
  const proof = proofFor(old.value, now.value, file);
  if (proof === null) {
    const detail = `the new file has no proof from size ${old.value.size}; make it with: audit checkpoint --from ${old.value.size}`;
    return { ok: false, code: 'no_proof', place: 'new', detail };
  }
  const verified = verifyConsistency(old.value, now.value, proof);
  if (!verified.ok) return { ok: false, code: verified.code, place: 'new', detail: verified.detail };
  return { ok: true, from: old.value.size, to: now.value.size };
}

/** Sizes that are equal or shrink need no proof to be judged. */
function proofFor(
  old: SignedCheckpoint,
  now: SignedCheckpoint,
  { consistency }: CheckpointFile,
): readonly Uint8Array[] | null {
  if (now.size <= old.size) return [];
  if (consistency === null || consistency.from !== old.size) return null;
  return consistency.proof.map((text) => decodeBase64Strict(text) ?? new Uint8Array(0));
}
