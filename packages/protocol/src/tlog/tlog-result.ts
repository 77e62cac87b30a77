import type { Accepted } from '../result.ts';

/**
 * Why something about a transparency log was refused. These codes are local: they never travel in an answer of the
 * gateway, whose codes are the table of PROTOCOL.md section 17. An agent that refuses a checkpoint for one of the
 * last four reports `audit_fork_detected`.
 *
 * - `note_malformed`: the text is no C2SP signed-note.
 * - `note_unsigned`: none of the keys that were asked for signed the note.
 * - `note_signature_invalid`: a key that was asked for is named, and what it is said to have signed it did not sign.
 * - `verifier_key_malformed`: the text is no verifier key of a kind that is known here.
 * - `checkpoint_malformed`: the note is signed and its text is no tlog-checkpoint.
 * - `checkpoint_origin_mismatch`: it is the checkpoint of another log.
 * - `tile_malformed`: a tile or an entry bundle has another length or form than its place in the tree gives it.
 * - `proof_malformed`: the proof cannot belong to this index and these sizes, whatever the hashes are.
 * - `proof_mismatch`: the proof leads to another root.
 * - `tree_shrunk`: the tree has fewer leaves than one that was seen before.
 * - `tree_forked`: two roots of one size, or a tree that does not continue the one that was seen before.
 */
export const TLOG_CODES = [
  'note_malformed',
  'note_unsigned',
  'note_signature_invalid',
  'verifier_key_malformed',
  'checkpoint_malformed',
  'checkpoint_origin_mismatch',
  'tile_malformed',
  'proof_malformed',
  'proof_mismatch',
  'tree_shrunk',
  'tree_forked',
] as const;

export type TlogCode = (typeof TLOG_CODES)[number];

/** An expected refusal. `detail` is for humans; it never echoes what a peer sent. */
export interface TlogRejection {
  readonly ok: false;
  readonly code: TlogCode;
  readonly detail: string;
}

export type TlogResult<V> = Accepted<V> | TlogRejection;

export function refuse(code: TlogCode, detail: string): TlogRejection {
  return { ok: false, code, detail };
}
