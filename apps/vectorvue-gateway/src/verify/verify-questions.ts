import type { Ed25519PublicKey } from '@nyxera/federation-protocol';

/** One signature to be decided. */
export interface Question {
  readonly key: Ed25519PublicKey;
  /** The signed bytes in pieces, which are put together where they are copied anyway. */
  readonly message: readonly Uint8Array[];
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly resolve: (valid: boolean) => void;
}

/** Several questions as they travel to a thread: one buffer, which is handed over and not copied. */
export interface QuestionMessage {
  /** The thread's table of keys starts anew. */
  readonly forget: boolean;
  /** Keys of 32 bytes that the thread has not seen, to be added to its table. */
  readonly newKeys: readonly Uint8Array[];
  /** Per question: place of its key in the table, length of its message. */
  readonly keys: readonly number[];
  readonly lengths: readonly number[];
  /** Per question: 64 bytes of signature, then the message. */
  readonly bytes: ArrayBuffer;
}

/** Keys come and go with trust; so many are few, and as many as a thread keeps. */
const MOST_KEYS = 1024;
export const SIGNATURE_BYTES = 64;

/** What one thread has been told so far: a key is validated by it once (1 ms), and then named by its number. */
export class Questions {
  #known = new Map<Ed25519PublicKey, number>();

  write(questions: readonly Question[]): QuestionMessage {
    const forget = this.#known.size > MOST_KEYS;
    if (forget) this.#known = new Map();
    const newKeys: Uint8Array[] = [];
    const keys: number[] = [];
    const lengths: number[] = [];
    let size = 0;
    for (const { message } of questions) size += SIGNATURE_BYTES + lengthOf(message);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const { key, message, signature } of questions) {
      let place = this.#known.get(key);
      if (place === undefined) {
        place = this.#known.size;
        this.#known.set(key, place);
        newKeys.push(key.raw);
      }
      keys.push(place);
      lengths.push(lengthOf(message));
      bytes.set(signature, at);
      at += SIGNATURE_BYTES;
      for (const piece of message) {
        bytes.set(piece, at);
        at += piece.length;
      }
    }
    return { forget, newKeys, keys, lengths, bytes: bytes.buffer };
  }
}

export function lengthOf(message: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of message) length += piece.length;
  return length;
}
