import { type Ed25519PublicKey, verifyEd25519 } from '../ed25519.ts';
import { ProtocolError } from '../protocol-error.ts';
import { concatBytes, utf8 } from '../utf8.ts';
import { NOTE_COSIGNATURE_V1, noteKeyId } from './note-verifier.ts';
import type { NoteSignature, NoteVerifier } from './signed-note.ts';

/**
 * C2SP tlog-cosignature v1 with Ed25519: a witness says that at this time the largest tree which it saw of this log,
 * each continuing the one before, is the one of the checkpoint.
 */

/** Eight bytes of time, big-endian Unix seconds, and the 64 of the signature. */
const COSIGNATURE_BYTES = 72;

/**
 * The bytes that a witness signs.
 * @param text the checkpoint's text with its final newline, as the log signed it.
 * @param timestamp Unix seconds, a safe integer.
 * @throws ProtocolError for a timestamp that is none.
 */
export function cosignatureInput(text: string, timestamp: number): Uint8Array {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw new ProtocolError('schema_invalid', 'a cosignature is made at a time in whole seconds');
  }
  return utf8(`cosignature/v1\ntime ${timestamp}\n${text}`);
}

/**
 * The line that goes below the checkpoint, from what a `witness` key signed (`cosignatureInput`).
 * @param signature 64 bytes.
 * @throws ProtocolError for another length, a timestamp that is none, or a name that cannot stand in a note.
 */
export function cosignatureLine(
  name: string,
  key: Ed25519PublicKey,
  timestamp: number,
  signature: Uint8Array,
): NoteSignature {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || signature.length !== 64) {
    throw new ProtocolError('schema_invalid', 'a cosignature is a time in whole seconds and 64 bytes');
  }
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(timestamp));
  return {
    name,
    keyId: noteKeyId(name, NOTE_COSIGNATURE_V1, key),
    signature: concatBytes(time, signature),
  };
}

/**
 * When a cosignature was made, Unix seconds, by its own word; null where it is not one or the time is beyond the safe
 * integers. Whether the future is refused is for the caller, who has a clock.
 */
export function cosignatureTime(signature: Uint8Array): number | null {
  if (signature.length !== COSIGNATURE_BYTES) return null;
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : null;
}

/** Verifies the cosignatures of one witness (type 0x04). */
export function cosignatureVerifier(name: string, key: Ed25519PublicKey): NoteVerifier {
  return {
    name,
    keyId: noteKeyId(name, NOTE_COSIGNATURE_V1, key),
    verify: (text, signature) => {
      const time = cosignatureTime(signature);
      return time !== null && verifyEd25519(key, cosignatureInput(text, time), signature.subarray(8));
    },
  };
}
