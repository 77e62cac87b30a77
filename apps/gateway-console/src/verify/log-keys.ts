import {
  NOTE_ED25519,
  type NoteVerifier,
  noteVerifier,
  parseVerifierKey,
} from '@nyxera/federation-protocol/tlog';

/** Keys of a log, and of which log: the name that a checkpoint must carry. */
export interface LogKeys {
  readonly log: string;
  readonly verifiers: readonly NoteVerifier[];
}

/**
 * Verifier keys (C2SP) that somebody pasted or a file holds: one a line, or anywhere in the text between white space, quotes
 * and commas, so that the output of `audit key --json` will do. null: there is none, or they are of different logs.
 */
export function readLogKeys(text: string): LogKeys | null {
  const words = text.split(/[\s"',[\]{}]+/).filter((word) => word.includes('+'));
  const keys = words.flatMap((word) => {
    const parsed = parseVerifierKey(word);
    return parsed.ok && parsed.value.type === NOTE_ED25519 ? [parsed.value] : [];
  });
  const [first] = keys;
  if (first === undefined || keys.some(({ name }) => name !== first.name)) return null;
  return { log: first.name, verifiers: keys.map(({ name, key }) => noteVerifier(name, key)) };
}
