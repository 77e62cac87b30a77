const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes without a UTF-8 byte order mark, which Windows tools put before JSON and XML. */
export function withoutBom(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The text, or the offset of the first byte that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): { ok: true; text: string } | { ok: false; offset: number } {
  try {
    return { ok: true, text: DECODER.decode(bytes) };
  } catch {
    return { ok: false, offset: firstInvalidByte(bytes) };
  }
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
