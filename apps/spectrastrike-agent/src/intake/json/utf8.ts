const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes without a UTF-8 byte order mark, which Windows tools put before JSON and XML. */
export function withoutBom(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The text; null where it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(withoutBom(bytes));
  } catch {
    return null;
  }
}

/** Bytes of a character that goes over the end of a piece; UTF-8 has at most four. */
const LONGEST_TAIL = 3;

/** Strict UTF-8, in pieces; a byte order mark at the beginning is left out. Offsets are of all bytes so far. */
export class Utf8Decoder {
  #tail: Uint8Array = new Uint8Array(0);
  #base = 0;
  #begun = false;

  /** The text of this piece, or the offset of the first byte that is not UTF-8. */
  push(chunk: Uint8Array): { ok: true; text: string } | { ok: false; offset: number } {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const whole = bytes.length - unfinishedTail(bytes);
    const head = bytes.subarray(0, whole);
    this.#tail = Buffer.from(bytes.subarray(whole));
    try {
      const text = DECODER.decode(head);
      const skipped = !this.#begun && text.startsWith('\ufeff') ? 1 : 0;
      this.#begun ||= text !== '';
      this.#base += whole;
      return { ok: true, text: text.slice(skipped) };
    } catch {
      return { ok: false, offset: this.#base + firstInvalidByte(head) };
    }
  }

  /** Null, or the offset of a character that was cut off at the end. */
  end(): number | null {
    return this.#tail.length === 0 ? null : this.#base;
  }
}

/** How many bytes at the end begin a character that is not complete. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(LONGEST_TAIL, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Binary search over prefixes: a prefix that decodes in streaming mode holds no invalid byte. */
function firstInvalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodes(bytes.subarray(0, middle))) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  return good;
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Only the white space of JSON, or nothing. */
export function isBlank(bytes: Uint8Array): boolean {
  return firstInk(bytes) === -1;
}

/** The first byte that is not white space of JSON; -1 if there is none. A loop: callbacks cost seconds at 200 MB. */
export function firstInk(bytes: Uint8Array, from = 0): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) {
      return at;
    }
  }
  return -1;
}

/** The last such byte; -1 if there is none. */
export function lastInk(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at >= 0 && firstInk(bytes.subarray(at, at + 1)) === -1) {
    at--;
  }
  return at;
}
