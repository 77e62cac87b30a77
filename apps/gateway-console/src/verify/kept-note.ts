import { checkpointFileSchema, parseFile, proofFileSchema } from '@nyxera/federation-protocol/audit-proof';
import { parseCheckpointText, parseNote } from '@nyxera/federation-protocol/tlog';

/** The signed note in what somebody kept: a checkpoint as it is, or a file of `audit checkpoint` or `audit prove`. null: there is none. */
export function keptNote(text: string): string | null {
  const note =
    (parseFile(checkpointFileSchema, text) ?? parseFile(proofFileSchema, text))?.checkpoint ?? text;
  return parseNote(note).ok ? note : null;
}

/** The size that a note claims, before anything of it is verified; null: it is no checkpoint. */
export function sizeOfNote(note: string): number | null {
  const parsed = parseNote(note);
  const checkpoint = parsed.ok ? parseCheckpointText(parsed.value.text) : null;
  return checkpoint?.ok === true && checkpoint.value.size > 0 ? checkpoint.value.size : null;
}
