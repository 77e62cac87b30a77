import { NOTE_ED25519, type NoteVerifier, noteVerifier, parseVerifierKey } from '@nyxera/federation-protocol';
import { CommandRefused } from './command.ts';

/** `--key` of the log, once or several times: collected by commander. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Verifier keys of the log as its operator printed them (`audit key`). Refused where one is not. */
export function logKeys(texts: readonly string[]): readonly NoteVerifier[] {
  return texts.map((text) => {
    const parsed = parseVerifierKey(text.trim());
    if (!parsed.ok || parsed.value.type !== NOTE_ED25519) {
      throw new CommandRefused('key_invalid', 'this is no verifier key of a log; "audit key" prints it');
    }
    return noteVerifier(parsed.value.name, parsed.value.key);
  });
}
