import {
  type NoteVerifier,
  TILE_LEVELS,
  TILE_WIDTH,
  TileFrontier,
  type TreeHead,
} from '@nyxera/federation-protocol';
import type { Database } from '../store/database.ts';
import { AUDIT_HEAD, AUDIT_PAGE, LOG_EXTENT } from '../store/sql/read-audit.ts';
import type { AuditFault } from './audit-fault.ts';
import { type AuditRow, checkEntry } from './check-entry.ts';
import { readLogKeys } from './log-keys.ts';
import { createCheckpointChecker } from './verify-checkpoints.ts';
import { createPruningChecker } from './verify-prunings.ts';
import { createTileChecker } from './verify-tiles.ts';

export type AuditVerification =
  | {
      readonly ok: true;
      readonly size: number;
      readonly undisclosed: number;
      /** Entries whose text was pruned: the tree verifies their hashes, and an entry of the log says who did it. */
      readonly pruned: number;
      /** Full tiles, checkpoints and cosignatures that were verified. */
      readonly tiles: number;
      readonly checkpoints: number;
      readonly cosignatures: number;
      /** Entries that a checkpoint was signed over. */
      readonly signed: number;
    }
  | { readonly ok: false; readonly size: number; readonly fault: AuditFault };

/** Called after each page: entries verified so far, and how many there are. */
export type AuditProgress = (verified: number, size: number) => void;

export interface VerifyOptions {
  readonly onProgress?: AuditProgress | undefined;
  /** Keys of the log from elsewhere; without them the keyring's, which whoever can change the log can change too. */
  readonly trusted?: readonly NoteVerifier[] | undefined;
  /** A signed tree that somebody has kept: the log must continue it. */
  readonly against?: TreeHead | undefined;
}

const PAGE = 1_000;

/**
 * Reads the whole log as it was when the call began, in pages, and stops at the first fault: of an entry, of the
 * sequence, of a tile, of a checkpoint or a cosignature (`audit-fault.ts`). The tree is built anew from the entries, so
 * that tiles and checkpoints are compared with them and with nothing that is stored. Memory does not grow with the log.
 *
 * What it does not prove by itself: that the owner of the database and of the audit key has not rewritten entries,
 * tiles and checkpoints together. `against`, a checkpoint kept by somebody else, does. Needs a role that sees all
 * tenants.
 */
export async function verifyAuditLog(db: Database, options: VerifyOptions = {}): Promise<AuditVerification> {
  const { against } = options;
  // Before the head: entries are there before anything is signed over them.
  const [extent] = await db.query<{ signed: number; tiles: number }>(LOG_EXTENT);
  const signed = extent?.signed ?? 0;
  const [head] = await db.query<{ size: number; beyond: number }>(AUDIT_HEAD);
  const size = head?.size ?? 0;
  const keys = await readLogKeys(db);
  const checkpoints = await createCheckpointChecker(db, keys, signed, options.trusted ?? null);
  const tiles = createTileChecker(db);
  const prunings = createPruningChecker(db);
  const frontier = new TileFrontier();
  const failed = (fault: AuditFault): AuditVerification => ({ ok: false, size, fault });
  let undisclosed = 0;

  const grow = async (leafHash: Uint8Array): Promise<AuditFault | null> => {
    const full = frontier.append(leafHash);
    if (frontier.size <= signed) {
      for (const tile of full) {
        const fault = await tiles.check(tile);
        if (fault !== null) return fault;
      }
    }
    if (checkpoints.next() === frontier.size) {
      const fault = await checkpoints.check(frontier.root());
      if (fault !== null) return fault;
    }
    return against?.size === frontier.size ? notContinued(against, frontier) : null;
  };

  while (frontier.size < size) {
    const next = frontier.size;
    const page = await db.query<AuditRow>(AUDIT_PAGE, [next, size, PAGE]);
    for (const row of page) {
      const sequence = frontier.size;
      if (row.sequence !== sequence) {
        return failed(gap(size, sequence, `the next entry there is has sequence ${row.sequence}`));
      }
      const checked = checkEntry(row);
      if (!checked.ok) return failed({ sequence, place: `entry ${sequence}`, ...checked.fault });
      undisclosed += checked.undisclosed;
      const unexplained = prunings.see(row);
      if (unexplained !== null) return failed(unexplained);
      const fault = await grow(row.leaf_hash);
      if (fault !== null) return failed(fault);
    }
    if (page.length === 0) return failed(gap(size, next, 'no further entry is there'));
    options.onProgress?.(frontier.size, size);
  }
  if (head === undefined || head.beyond > 0) {
    const detail = `the head counts ${size} entries, and ${head?.beyond ?? 0} more are there`;
    return failed({ sequence: size, kind: 'head_size_mismatch', place: 'head', detail });
  }
  const missing = checkpoints.next() ?? (against !== undefined && against.size > size ? against.size : null);
  if (missing !== null) {
    const detail = `${missing} entries were signed, and ${size} are there: the end was cut off`;
    return failed({ sequence: size, kind: 'checkpoint_beyond_log', place: `checkpoint ${missing}`, detail });
  }
  if ((extent?.tiles ?? 0) !== fullTiles(signed)) {
    const detail = `${extent?.tiles ?? 0} tiles are stored, and a tree of ${signed} leaves has ${fullTiles(signed)}`;
    return failed({ sequence: size, kind: 'extra_tile', place: 'tiles', detail });
  }
  const unexplained = await prunings.finish(size);
  if (unexplained !== null) return failed(unexplained);
  const { checkpoints: verified, cosignatures, last } = checkpoints.counts();
  return {
    ok: true,
    size,
    undisclosed,
    pruned: prunings.pruned(),
    tiles: tiles.checked(),
    checkpoints: verified,
    cosignatures,
    signed: last,
  };
}

function notContinued(against: TreeHead, frontier: TileFrontier): AuditFault | null {
  if (Buffer.from(against.root).equals(frontier.root())) return null;
  const detail = `the first ${against.size} entries are not those that the given checkpoint was signed over`;
  return { sequence: 0, kind: 'not_continued', place: `checkpoint ${against.size}`, detail };
}

/** Full tiles of a tree, of all levels. */
function fullTiles(size: number): number {
  let tiles = 0;
  for (let level = 1; level <= TILE_LEVELS; level += 1) tiles += Math.floor(size / TILE_WIDTH ** level);
  return tiles;
}

function gap(size: number, sequence: number, found: string): AuditFault {
  const detail = `entry ${sequence} is missing: the head counts ${size}, and ${found}`;
  return { sequence, kind: 'gap', place: `entry ${sequence}`, detail };
}
