import {
  cosignatureTime,
  cosignatureVerifier,
  type NoteVerifier,
  openCheckpoint,
  openNote,
  parseNote,
  parseVerifierKey,
  type SignedCheckpoint,
} from '@nyxera/federation-protocol/tlog';
import { readLogKeys } from './log-keys.ts';
import { failed, proven, type Verdict } from './verdict.ts';

/** What an answer says about who may have signed. */
export interface Signers {
  readonly log: string;
  readonly keys: readonly string[];
  readonly witnesses: readonly { readonly identity: string; readonly key: string | null }[];
}

export interface WitnessVerdict {
  readonly identity: string;
  /** null: it did not cosign this checkpoint. */
  readonly ok: boolean | null;
  /** Unix seconds, by the witness's own word. */
  readonly at: number | null;
}

export interface OpenedLog {
  readonly checkpoint: SignedCheckpoint;
  readonly witnesses: readonly WitnessVerdict[];
  /** The key came with the answer: it proves that the gateway agrees with itself, not whose log it is. */
  readonly keyFromGateway: boolean;
}

/**
 * Opens a checkpoint by a key of its log, and looks at each cosignature.
 * @param trusted keys that the reader has from elsewhere, as text; null: those of the answer.
 */
export function openLog(note: string, signers: Signers, trusted: string | null): Verdict<OpenedLog> {
  const keys = readLogKeys(trusted ?? signers.keys.join('\n'));
  if (keys === null) return failed('key_missing', 'there is no key of the log to verify it by');
  const opened = openCheckpoint(note, keys.log, keys.verifiers);
  if (!opened.ok) return failed(opened.code, opened.detail);
  return proven({
    checkpoint: opened.value,
    witnesses: signers.witnesses.flatMap(({ identity, key }) => witnessOf(note, identity, key)),
    keyFromGateway: trusted === null,
  });
}

function witnessOf(note: string, identity: string, key: string | null): WitnessVerdict[] {
  const parsed = key === null ? null : parseVerifierKey(key);
  if (parsed === null || !parsed.ok) return [];
  const verifier = cosignatureVerifier(parsed.value.name, parsed.value.key);
  const line = lineOf(note, verifier);
  if (line === null) return [{ identity, ok: null, at: null }];
  return [{ identity, ok: openNote(note, [verifier]).ok, at: cosignatureTime(line) }];
}

function lineOf(note: string, verifier: NoteVerifier): Uint8Array | null {
  const parsed = parseNote(note);
  if (!parsed.ok) return null;
  const own = parsed.value.signatures.find(
    ({ name, keyId }) => name === verifier.name && keyId === verifier.keyId,
  );
  return own?.signature ?? null;
}
