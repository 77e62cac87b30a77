import { type FullTile, TILE_WIDTH, tilePath } from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { READ_TILES } from '../store/sql/read-log.ts';
import type { AuditFault } from './audit-fault.ts';

interface TileRow {
  readonly tile_index: number;
  readonly hashes: Uint8Array;
  readonly root: Uint8Array;
}

/** Tiles in one statement, 8 KiB each. */
const PAGE = 32;

export interface TileChecker {
  /** Tiles come in order, level by level. null: the stored one is this one. */
  check(expected: FullTile): Promise<AuditFault | null>;
  /** Tiles that were compared. */
  checked(): number;
}

/** Compares tiles made from the entries with those that are stored and served. Keeps a page a level. */
export function createTileChecker(db: Queryable): TileChecker {
  const pages = new Map<number, TileRow[]>();
  let checked = 0;

  const next = async (level: number, index: number): Promise<TileRow | null> => {
    let page = pages.get(level) ?? [];
    if (page.length === 0) page = [...(await db.query<TileRow>(READ_TILES, [level, index, PAGE]))];
    const [row] = page;
    pages.set(level, page.slice(1));
    return row?.tile_index === index ? row : null;
  };

  return {
    check: async ({ tile, bytes, root }) => {
      const row = await next(tile.level, tile.index);
      const place = tilePath(tile);
      const leaves = TILE_WIDTH ** tile.level;
      const first = tile.index * TILE_WIDTH * leaves;
      if (row === null) {
        return { sequence: first, kind: 'missing_tile', place, detail: 'the tile is not stored' };
      }
      const at = firstDifference(row.hashes, bytes);
      if (at !== null) {
        const hash = Math.floor(at / 32);
        const detail = `hash ${hash} of the stored tile is not that of the entries it stands for`;
        return { sequence: first + hash * leaves, kind: 'wrong_tile', place, detail };
      }
      if (firstDifference(row.root, root) !== null) {
        return {
          sequence: first,
          kind: 'wrong_tile',
          place,
          detail: 'the root of the stored tile is another',
        };
      }
      checked += 1;
      return null;
    },
    checked: () => checked,
  };
}

/** Of the first byte that differs. */
function firstDifference(left: Uint8Array, right: Uint8Array): number | null {
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    if (left[at] !== right[at]) return at;
  }
  return null;
}
