import { accept } from '../result.ts';
import { TILE_WIDTH } from './tile.ts';
import { refuse, type TlogResult } from './tlog-result.ts';

/** An entry of a bundle is preceded by its length in two bytes, so none can be longer. */
export const MAX_ENTRY_BYTES = 65_535;

/**
 * C2SP tlog-tiles: each entry after its length, a big-endian uint16.
 * @param entries at most 256, of at most 65535 bytes each.
 * @throws RangeError for more or longer ones: whoever appends to the log bounds them.
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new RangeError('a bundle holds at most 256 entries');
  let length = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError('an entry is at most 65535 bytes long');
    length += 2 + entry.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const entry of entries) {
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/**
 * The entries of a bundle, views on its bytes.
 * @param width how many entries it must hold, 1..256.
 * @returns `tile_malformed` where it holds more, fewer or a part of one.
 */
export function decodeEntryBundle(bytes: Uint8Array, width: number): TlogResult<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length <= width) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bytes.length) return refuse('tile_malformed', 'the bundle ends within an entry');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width) return refuse('tile_malformed', 'the bundle holds another number of entries');
  return accept(entries);
}
