import { HASH_BYTES, type TileReader, tileWidth } from '@nyxera/federation-protocol';
import type { AuditClient } from './audit-client.ts';

/** Thrown by the reader, which has no other way out through the proofs; caught where a tree is judged. */
export class TileUnavailable extends Error {
  readonly code: string;
  /** The gateway answered, and with something that no honest log answers. False: it was away or busy. */
  readonly suspicious: boolean;

  constructor(code: string, detail: string, suspicious: boolean) {
    super(detail);
    this.name = 'TileUnavailable';
    this.code = code;
    this.suspicious = suspicious;
  }
}

/** Tiles kept: those of the upper levels are asked for again and again, and a level of the largest tree has few of them near a path. */
const KEPT_TILES = 64;

/**
 * Tiles of the tree of `size` leaves over the network. Each is asked for as wide as that tree has it, and cut where an
 * older tree is read through it, so that the same bytes answer for both. Rejects with TileUnavailable.
 */
export function createTreeReader(client: Pick<AuditClient, 'tile'>, size: number): TileReader {
  const kept = new Map<string, Uint8Array>();
  return async ({ level, index, width }) => {
    const name = `${level}/${index}`;
    let bytes = kept.get(name);
    if (bytes === undefined) {
      const whole = tileWidth(level, index, size);
      if (whole === null) throw new TileUnavailable('tile_malformed', 'the tree has no such tile', true);
      const fetched = await client.tile({ level, index, width: whole });
      if (!fetched.ok) {
        throw new TileUnavailable(fetched.code, `a tile of the log: ${fetched.detail}`, fetched.absent);
      }
      bytes = fetched.value;
      if (bytes.length !== whole * HASH_BYTES)
        throw new TileUnavailable(
          'tile_malformed',
          'a tile has another length than its place gives it',
          true,
        );
    }
    // Moved to the end: the map is in the order of use.
    kept.delete(name);
    kept.set(name, bytes);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_TILES && oldest !== undefined) kept.delete(oldest);
    return bytes.subarray(0, width * HASH_BYTES);
  };
}
