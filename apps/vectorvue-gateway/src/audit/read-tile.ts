import { encodeEntryBundle, TILE_WIDTH, type Tile, tileWidth } from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { READ_LEAVES } from '../store/sql/integrate-audit.ts';
import { READ_ENTRIES, READ_TILE, READ_TILE_ROOTS } from '../store/sql/read-log.ts';

/**
 * A tile of the tree of `size` leaves as C2SP tlog-tiles serves it, also one that is wider by now: full ones as they
 * were stored, partial ones from what is below them. null: that tree has no such tile, or what it is made of is gone.
 */
export async function readTile(db: Queryable, tile: Tile, size: number): Promise<Uint8Array | null> {
  const { level, index, width } = tile;
  const there = tileWidth(level === 'entries' ? 0 : level, index, size);
  if (there === null || there < width) return null;
  if (level === 'entries') return readBundle(db, index, width);
  const bytes =
    width === TILE_WIDTH
      ? await readFullTile(db, level, index)
      : await readPartialTile(db, level, index, width);
  return bytes.length === width * 32 ? bytes : null;
}

async function readFullTile(db: Queryable, level: number, index: number): Promise<Uint8Array> {
  const [row] = await db.query<{ hashes: Uint8Array }>(READ_TILE, [level, index]);
  return row?.hashes ?? new Uint8Array(0);
}

/** The first `width` hashes of a tile, from the log at level 0 and from the tiles below above it; fewer where some are missing. */
export async function readPartialTile(
  db: Queryable,
  level: number,
  index: number,
  width: number,
): Promise<Uint8Array> {
  if (level === 0) {
    const [row] = await db.query<{ hashes: Uint8Array | null; last: number | null }>(READ_LEAVES, [
      index * TILE_WIDTH,
      width,
    ]);
    return row?.last === index * TILE_WIDTH + width - 1
      ? (row.hashes ?? new Uint8Array(0))
      : new Uint8Array(0);
  }
  const [row] = await db.query<{ bytes: Uint8Array | null }>(READ_TILE_ROOTS, [
    level,
    index * TILE_WIDTH,
    width,
  ]);
  return row?.bytes ?? new Uint8Array(0);
}

async function readBundle(db: Queryable, index: number, width: number): Promise<Uint8Array | null> {
  const rows = await db.query<{ sequence: number; entry: string }>(READ_ENTRIES, [index * TILE_WIDTH, width]);
  if (rows.length !== width) return null;
  return encodeEntryBundle(rows.map(({ entry }) => Buffer.from(entry, 'utf8')));
}
