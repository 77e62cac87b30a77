import { sha256 } from '#digest-backend';
import { decodeBase64Strict, encodeBase64 } from '../base64.ts';
import { type Ed25519PublicKey, importPublicKey, verifyEd25519 } from '../ed25519.ts';
import { ProtocolError } from '../protocol-error.ts';
import { accept } from '../result.ts';
import { concatBytes, toHex, utf8 } from '../utf8.ts';
import { isKeyName, keyIdBytes, type NoteVerifier } from './signed-note.ts';
import { refuse, type TlogResult } from './tlog-result.ts';

/** The signature type bytes of C2SP signed-note that are known here. */
export const NOTE_ED25519 = 0x01;
export const NOTE_COSIGNATURE_V1 = 0x04;
export type NoteKeyType = typeof NOTE_ED25519 | typeof NOTE_COSIGNATURE_V1;

/**
 * SHA-256(name || 0x0A || type || 32-byte public key), the first four bytes as a number.
 * @throws ProtocolError for a name that cannot stand in a note.
 */
export function noteKeyId(name: string, type: NoteKeyType, key: Ed25519PublicKey): number {
  if (!isKeyName(name)) throw new ProtocolError('schema_invalid', 'this is no name of a note key');
  const digest = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), key.raw));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}

/** Verifies plain Ed25519 signatures over a note's text (type 0x01): how a log signs its checkpoints. */
export function noteVerifier(name: string, key: Ed25519PublicKey): NoteVerifier {
  return {
    name,
    keyId: noteKeyId(name, NOTE_ED25519, key),
    verify: (text, signature) => verifyEd25519(key, utf8(text), signature),
  };
}

export interface VerifierKey {
  readonly name: string;
  readonly type: NoteKeyType;
  readonly key: Ed25519PublicKey;
}

/**
 * `<name>+<8 hex digits of the key id>+base64(type || public key)`: how keys of logs and witnesses are handed on.
 * @throws ProtocolError for a name that cannot stand in a note.
 */
export function formatVerifierKey({ name, type, key }: VerifierKey): string {
  const id = toHex(keyIdBytes(noteKeyId(name, type, key)));
  return `${name}+${id}+${encodeBase64(concatBytes(Uint8Array.of(type), key.raw))}`;
}

/**
 * The inverse of `formatVerifierKey`.
 * @returns `verifier_key_malformed` for another form, another type of key, a key that PROTOCOL.md section 3 refuses,
 * or an id that is not the one of name and key.
 */
export function parseVerifierKey(text: string): TlogResult<VerifierKey> {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text);
  const [, name = '', id = '', encoded = ''] = found ?? [];
  const bytes = decodeBase64Strict(encoded);
  const type = bytes?.[0];
  if (!isKeyName(name) || bytes === null || bytes.length !== 33) {
    return refuse('verifier_key_malformed', 'this is no verifier key');
  }
  if (type !== NOTE_ED25519 && type !== NOTE_COSIGNATURE_V1) {
    return refuse('verifier_key_malformed', 'keys of this type are not known');
  }
  const key = importPublicKey(bytes.subarray(1));
  if (!key.ok) return refuse('verifier_key_malformed', key.detail);
  if (toHex(keyIdBytes(noteKeyId(name, type, key.value))) !== id) {
    return refuse('verifier_key_malformed', 'the key id is not that of name and key');
  }
  return accept({ name, type, key: key.value });
}
