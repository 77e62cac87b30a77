import { decodeBase64Strict, encodeBase64 } from '../base64.ts';
import { ProtocolError } from '../protocol-error.ts';
import { accept } from '../result.ts';
import { concatBytes } from '../utf8.ts';
import { refuse, type TlogResult } from './tlog-result.ts';

/**
 * C2SP signed-note: a text that ends with a newline, an empty line, and a line per signature,
 * `— <key name> base64(4-byte key id || signature)`. This file knows the form; what a signature is worth is decided
 * by verifiers (`note-verifier.ts`, `cosignature.ts`).
 */

export interface NoteSignature {
  readonly name: string;
  /** The first four bytes, big-endian; names the key together with `name` and proves nothing. */
  readonly keyId: number;
  /** What follows the key id; at least one byte. */
  readonly signature: Uint8Array;
}

export interface ParsedNote {
  /** With its final newline, as it was signed. Untrusted until a signature is verified. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A key that somebody trusts for notes: by name, id and what it verifies. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyId: number;
  /** @param text the note's text. @param signature what follows the key id. Never throws. */
  verify(text: string, signature: Uint8Array): boolean;
}

export interface OpenedNote extends ParsedNote {
  /** Those of the verifiers that signed, in the order of their first signatures; never empty. */
  readonly verifiedBy: readonly NoteVerifier[];
}

/** The specification asks for 16 at least; post-quantum ones take 5 kB each. */
const MAX_SIGNATURES = 100;
/** Characters. */
const MAX_NOTE_LENGTH = 1_048_576;
const SIGNATURE_START = '— ';

/** Not empty, no Unicode space, no plus, no control character and no half of a surrogate pair. */
export function isKeyName(name: string): boolean {
  // JavaScript's \s lacks U+0085, which is a space to Unicode and to other implementations.
  return name !== '' && !/[\p{White_Space}\p{Cc}\p{Surrogate}+]/u.test(name);
}

/**
 * Splits a note; verifies nothing.
 * @returns `note_malformed` for anything that is not exactly of the form above, for more than 100 signatures, and
 * for more than 1,048,576 characters.
 */
export function parseNote(note: string): TlogResult<ParsedNote> {
  if (note.length > MAX_NOTE_LENGTH) return malformed('the note is too long');
  if (/\p{Surrogate}/u.test(note) || hasControlCharacter(note))
    return malformed('the note is not plain UTF-8 text');
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return malformed('no empty line separates text and signatures');
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '') return malformed('the note does not end with a newline');
  if (lines.length === 0) return malformed('the note has no signatures');
  if (lines.length > MAX_SIGNATURES) return malformed('the note has too many signatures');
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === null) return malformed('a signature line has another form');
    signatures.push(signature);
  }
  return accept({ text: note.slice(0, split + 1), signatures });
}

/**
 * Opens a note for these verifiers. Signatures of keys that nobody asked for are ignored, also those that share a
 * name or an id with one that was asked for, but not both.
 * @returns `note_malformed`; `note_signature_invalid` where a key that was asked for is said to have signed and did
 * not, however many others did; `note_unsigned` where none of them signed.
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): TlogResult<OpenedNote> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const verifiedBy: NoteVerifier[] = [];
  for (const { name, keyId, signature } of signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId === keyId);
    if (verifier === undefined) continue;
    if (!verifier.verify(text, signature)) {
      return refuse('note_signature_invalid', 'a key that is trusted did not sign this');
    }
    if (!verifiedBy.includes(verifier)) verifiedBy.push(verifier);
  }
  if (verifiedBy.length === 0) return refuse('note_unsigned', 'no key that is trusted signed this');
  return accept({ text, signatures, verifiedBy });
}

/**
 * One signature line with its newline.
 * @throws ProtocolError for a name that is none, or an empty signature.
 */
export function formatNoteSignature({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name)) throw new ProtocolError('schema_invalid', 'this is no name of a note key');
  if (signature.length === 0) throw new ProtocolError('schema_invalid', 'a signature has at least one byte');
  return `${SIGNATURE_START}${name} ${encodeBase64(concatBytes(keyIdBytes(keyId), signature))}\n`;
}

/**
 * The note of a text and its signatures.
 * @throws ProtocolError where the result would be no note: the text does not end with a newline, ends with an empty
 * line or holds a control character, or there is no signature.
 */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  const note = `${text}\n${signatures.map(formatNoteSignature).join('')}`;
  const parsed = parseNote(note);
  if (!parsed.ok || parsed.value.text !== text) {
    throw new ProtocolError('schema_invalid', 'these are no text and signatures of a note');
  }
  return note;
}

/** A 32-bit number as four bytes, big-endian. */
export function keyIdBytes(keyId: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, keyId);
  return bytes;
}

function parseSignatureLine(line: string): NoteSignature | null {
  if (!line.startsWith(SIGNATURE_START)) return null;
  const rest = line.slice(SIGNATURE_START.length);
  const space = rest.indexOf(' ');
  const name = rest.slice(0, Math.max(space, 0));
  const bytes = decodeBase64Strict(rest.slice(space + 1));
  if (!isKeyName(name) || bytes === null || bytes.length < 5) return null;
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { name, keyId, signature: bytes.slice(4) };
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function malformed(detail: string) {
  return refuse('note_malformed', detail);
}
