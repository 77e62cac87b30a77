import { decodeBase64Strict, encodeBase64 } from '../base64.ts';
import { ProtocolError } from '../protocol-error.ts';
import { accept } from '../result.ts';
import { equalBytes } from '../utf8.ts';
import { emptyRoot, HASH_BYTES } from './merkle-hash.ts';
import { isTreeSize } from './merkle-ranges.ts';
import { type NoteVerifier, type OpenedNote, openNote } from './signed-note.ts';
import { refuse, type TlogResult } from './tlog-result.ts';
import type { TreeHead } from './verify-proof.ts';

/** What a log says about its tree (C2SP tlog-checkpoint). */
export interface Checkpoint extends TreeHead {
  /** Names the log; compared as a literal, never resolved. */
  readonly origin: string;
  /** Lines after the root; nobody can audit them, so ours has none and nothing here reads them. */
  readonly extensions: readonly string[];
}

/** A checkpoint that its log has signed. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: OpenedNote;
}

/**
 * The text that is signed: origin, size and base64 root, a line each.
 * @throws ProtocolError for an origin that is empty or more than a line, a size that is no safe integer, or a root
 * that is not 32 bytes.
 */
export function formatCheckpoint({ origin, size, root }: TreeHead & { readonly origin: string }): string {
  const text = `${origin}\n${size}\n${encodeBase64(root)}\n`;
  if (!parseCheckpointText(text).ok) throw new ProtocolError('schema_invalid', 'this is no checkpoint');
  return text;
}

/**
 * Reads a checkpoint's text. It is a claim until its note is opened.
 * @returns `checkpoint_malformed`.
 */
export function parseCheckpointText(text: string): TlogResult<Checkpoint> {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3) return malformed('three lines are needed');
  if (lines.includes('')) return malformed('a line is empty');
  const [origin = '', decimal = '', base64 = '', ...extensions] = lines;
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(decimal) ? Number(decimal) : Number.NaN;
  if (!isTreeSize(size)) return malformed('the size is no decimal number below 2^53');
  const root = decodeBase64Strict(base64);
  if (root?.length !== HASH_BYTES) return malformed('the root is not the base64 of 32 bytes');
  if (size === 0 && !equalBytes(root, emptyRoot()))
    return malformed('a tree without leaves has another root');
  return accept({ origin, size, root, extensions });
}

/**
 * Opens the checkpoint of one log.
 * @param origin which log it must be of.
 * @param log the keys of that log; cosignatures are asked for separately, so that no witness can stand in for it.
 * @returns what `openNote` refuses, `checkpoint_malformed`, `checkpoint_origin_mismatch`.
 */
export function openCheckpoint(
  note: string,
  origin: string,
  log: readonly NoteVerifier[],
): TlogResult<SignedCheckpoint> {
  const opened = openNote(note, log);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpointText(opened.value.text);
  if (!checkpoint.ok) return checkpoint;
  if (checkpoint.value.origin !== origin) {
    return refuse('checkpoint_origin_mismatch', 'this is the checkpoint of another log');
  }
  return accept({ ...checkpoint.value, note: opened.value });
}

function malformed(detail: string) {
  return refuse('checkpoint_malformed', detail);
}
