/** Length in Unicode code points, the unit of every string limit of the protocol. O(n), and only where needed. */
export function codePointLength(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) {
        count--;
        i++;
      }
    }
  }
  return count;
}

/** True if between min and max code points; does not count where the UTF-16 length already decides. */
export function hasCodePoints(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > 2 * max) {
    return false;
  }
  if (text.length <= max && min <= 1) {
    return true;
  }
  const count = codePointLength(text);
  return count >= min && count <= max;
}

/**
 * Order by code point. It differs from the order of UTF-16 units only where a surrogate meets U+E000..U+FFFF:
 * units sort the astral character first, code points last.
 */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xSurrogate = x >= 0xd800 && x <= 0xdfff;
      const ySurrogate = y >= 0xd800 && y <= 0xdfff;
      if (xSurrogate === ySurrogate) {
        return x - y;
      }
      // Exactly one is part of an astral character, which is beyond everything that is not.
      return xSurrogate ? 1 : -1;
    }
  }
  return a.length - b.length;
}
