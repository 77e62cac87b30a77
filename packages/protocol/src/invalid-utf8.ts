/**
 * Offset of the first byte that is not part of well-formed UTF-8 (Unicode table 3-7: no overlong forms, no
 * surrogates, nothing beyond U+10FFFF). Only asked once a decoder has refused, so it need not be fast.
 */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      return at;
    }
    at += length;
  }
  return bytes.length;
}

function sequenceLength(bytes: Uint8Array, at: number): 0 | 1 | 2 | 3 | 4 {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) {
    return 1;
  }
  const second = bytes[at + 1] ?? 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    return continues(second) ? 2 : 0;
  }
  const third = bytes[at + 2] ?? 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && continues(third) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high && continues(third) && continues(bytes[at + 3] ?? 0) ? 4 : 0;
  }
  return 0;
}

function continues(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}
