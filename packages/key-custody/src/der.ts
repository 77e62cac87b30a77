/** One DER element: its tag byte, and where its content lies. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  /** First byte after the element. */
  readonly end: number;
}

/**
 * Reads the element at `at`, which must end at or before `end`; null when it does not, or is not DER
 * (indefinite or non-minimal length, multi-byte tag). Lengths up to 65,535: a key is far smaller.
 */
export function readElement(bytes: Uint8Array, at: number, end: number): DerElement | null {
  const tag = byteAt(bytes, at, end);
  const first = byteAt(bytes, at + 1, end);
  if (tag === null || first === null || (tag & 0x1f) === 0x1f) return null;
  const header = readLength(bytes, at + 1, end, first);
  if (header === null || header.start + header.length > end) return null;
  return { tag, start: header.start, end: header.start + header.length };
}

function readLength(
  bytes: Uint8Array,
  at: number,
  end: number,
  first: number,
): { start: number; length: number } | null {
  if (first < 0x80) return { start: at + 1, length: first };
  const second = byteAt(bytes, at + 1, end);
  if (second === null) return null;
  if (first === 0x81) return second < 0x80 ? null : { start: at + 2, length: second };
  const third = byteAt(bytes, at + 2, end);
  if (first !== 0x82 || third === null || second === 0) return null;
  return { start: at + 3, length: second * 256 + third };
}

function byteAt(bytes: Uint8Array, at: number, end: number): number | null {
  return at < end ? (bytes[at] ?? null) : null;
}
