/**
 * Member names that were seen lately. The same few occur in every request; taking them from here instead of cutting
 * them out, hashing and interning them again halves the time of a parse. Direct-mapped, so it is bounded whatever a peer
 * sends: at worst every name is cut out as if there were no table.
 */

/** A power of two. */
const SLOTS = 1024;
const LONGEST = 64;
const recent: string[] = Array.from({ length: SLOTS }, () => '');

/**
 * The name between the two byte offsets, which must be printable ASCII.
 * @param text what the bytes decode to; the name stands `shift` earlier in it.
 */
export function recentName(
  bytes: Uint8Array,
  start: number,
  end: number,
  text: string,
  shift: number,
): string {
  const length = end - start;
  if (length === 0 || length > LONGEST) {
    return text.slice(start - shift, end - shift);
  }
  const middle = bytes[start + (length >> 1)] ?? 0;
  const ends = (bytes[start] ?? 0) * 7 + (bytes[end - 1] ?? 0) * 131;
  const slot = (length * 31 + middle * 37 + ends) & (SLOTS - 1);
  const known = recent[slot] as string;
  if (known.length === length && isAt(known, bytes, start)) {
    return known;
  }
  const name = interned(text.slice(start - shift, end - shift));
  recent[slot] = name;
  return name;
}

function isAt(name: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) !== bytes[at + i]) {
      return false;
    }
  }
  return true;
}

/** A copy of its own: a slice would keep the whole body of a megabyte alive for as long as the table has the name. */
function interned(name: string): string {
  return Object.keys({ [name]: 0 })[0] ?? name;
}
