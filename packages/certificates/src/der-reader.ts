/**
 * As much DER (X.690) as a revocation list needs: one element at a time, over bytes that somebody else wrote. A library
 * would read more and bound it worse: the one that issues the test certificates gives up at some ten thousand entries.
 */
export interface DerElement {
  readonly tag: number;
  /** Without tag and length. */
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Reads elements one after the other; null where the bytes end early, or are written as DER does not. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of the next element; null at the end. */
  get nextTag(): number | null {
    return this.#bytes[this.#at] ?? null;
  }

  next(): DerElement | null {
    const start = this.#at;
    const tag = this.#bytes[start];
    const first = this.#bytes[start + 1];
    // A tag number of several octets is none that a certificate list has.
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null;
    let length = first;
    let body = start + 2;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      // Indefinite, or more than 2^32: not DER, or not ours.
      if (octets === 0 || octets > 4) return null;
      length = 0;
      for (let index = 0; index < octets; index += 1) {
        const octet = this.#bytes[body + index];
        if (octet === undefined) return null;
        length = length * 256 + octet;
      }
      body += octets;
      // DER writes a length in as few octets as it takes.
      if (length < 128 || length < 256 ** (octets - 1)) return null;
    }
    const end = body + length;
    if (end > this.#bytes.length) return null;
    this.#at = end;
    return { tag, content: this.#bytes.subarray(body, end), whole: this.#bytes.subarray(start, end) };
  }

  /** The next element if it has that tag. */
  take(tag: number): DerElement | null {
    return this.nextTag === tag ? this.next() : null;
  }
}

/** Dotted decimal; null where it is none. */
export function readOid(content: Uint8Array): string | null {
  const arcs: number[] = [];
  let value = 0;
  for (const [index, octet] of content.entries()) {
    value = value * 128 + (octet & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) return null;
    if ((octet & 0x80) !== 0) {
      if (index === content.length - 1) return null;
      continue;
    }
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      arcs.push(first, value - first * 40);
    } else arcs.push(value);
    value = 0;
  }
  return arcs.length === 0 ? null : arcs.join('.');
}

/** UTCTime or GeneralizedTime as RFC 5280 has them (seconds, `Z`); Unix milliseconds, null where it is neither. */
export function readTime(element: DerElement): number | null {
  const text = Buffer.from(element.content).toString('latin1');
  const parts =
    element.tag === TAG.utcTime
      ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
      : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null || (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime)) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const full = element.tag === TAG.utcTime ? (year < 50 ? 2000 + year : 1900 + year) : year;
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  // 31 February is not the second of March.
  return new Date(time).getUTCDate() === day && new Date(time).getUTCHours() === hour ? time : null;
}
