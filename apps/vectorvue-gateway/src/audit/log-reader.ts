import { parseNote, proveInclusionsFromTiles, type Tile, type TileReader } from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { LAST_CHECKPOINT } from '../store/sql/integrate-audit.ts';
import {
  INSERT_COSIGNATURE,
  READ_CHECKPOINT,
  READ_COSIGNATURES,
  READ_ENTRIES_OF_REQUEST,
} from '../store/sql/read-log.ts';
import { IntegrationFault } from './integration-fault.ts';
import { readTile } from './read-tile.ts';

/** A row of log_checkpoints. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly origin: string;
  readonly root: Uint8Array;
  readonly note: string;
  readonly kid: string;
  readonly signed_at: Date;
}

export interface ProvenEntry {
  readonly sequence: number;
  readonly tenantId: string | null;
  readonly entry: string;
  /** Canonical JSON: member -> salt and value of what the entry commits to. */
  readonly disclosure: string;
  readonly leafHash: Uint8Array;
  /** Request of the entry that says so; its text is gone. null: it is there. */
  readonly prunedBy: string | null;
  /** null: the checkpoint does not reach it yet. */
  readonly proof: readonly Uint8Array[] | null;
}

export interface ProvenRequest {
  /** The newest checkpoint; null: there is none yet. */
  readonly checkpoint: StoredCheckpoint | null;
  /** The checkpoint's note with its cosignatures. */
  readonly note: string | null;
  /** Empty: nothing is known of that request. */
  readonly entries: readonly ProvenEntry[];
}

/** What is read of the log to serve and to prove it. Read-only but for cosignatures; any replica can do it. */
export interface LogReader {
  /** The newest checkpoint with its cosignatures; null: nothing has been signed yet. */
  checkpoint(): Promise<string | null>;
  checkpointOfSize(size: number): Promise<StoredCheckpoint | null>;
  /** A tile or entry bundle of the newest checkpoint's tree; null: that tree has no such tile. */
  tile(tile: Tile): Promise<Uint8Array | null>;
  /**
   * Entries of a request with their inclusion proofs. `actor`: only if it was that identity's; null: whoever's. Pruned
   * ones have no actor any more. `size`: in the tree of the checkpoint of that size; absent: of the newest.
   */
  prove(requestId: string, actor: string | null, size?: number): Promise<ProvenRequest>;
  /** The path of one entry to the root of the checkpoint of that size, its neighbour first; null: it does not reach it. */
  path(sequence: number, size: number): Promise<readonly Uint8Array[] | null>;
  /** False: this witness has cosigned that checkpoint before; the first one stands. */
  keepCosignature(cosignature: KeptCosignature): Promise<boolean>;
}

export interface KeptCosignature {
  readonly size: number;
  readonly identity: string;
  readonly kid: string;
  /** A signature line with its newline, verified. */
  readonly line: string;
  /** Unix seconds, as it says itself. */
  readonly witnessedAt: number;
  readonly requestId: string;
  readonly receivedAtMs: number;
}

interface EntryRow {
  readonly sequence: number;
  readonly tenant_id: string | null;
  readonly entry: string;
  readonly disclosure: string;
  readonly leaf_hash: Uint8Array;
  readonly pruned_by: string | null;
}

export function createLogReader(db: Queryable): LogReader {
  const newest = async (): Promise<StoredCheckpoint | null> =>
    (await db.query<StoredCheckpoint>(LAST_CHECKPOINT))[0] ?? null;

  const checkpointOf = async (size: number): Promise<StoredCheckpoint | null> =>
    (await db.query<StoredCheckpoint>(READ_CHECKPOINT, [size]))[0] ?? null;

  return {
    checkpoint: async () => {
      const checkpoint = await newest();
      return checkpoint === null ? null : withCosignatures(db, checkpoint);
    },
    checkpointOfSize: checkpointOf,
    tile: async (tile) => {
      const checkpoint = await newest();
      return checkpoint === null ? null : readTile(db, tile, checkpoint.size);
    },
    prove: async (requestId, actor, ofSize) => {
      const checkpoint = ofSize === undefined ? await newest() : await checkpointOf(ofSize);
      const rows = await db.query<EntryRow>(READ_ENTRIES_OF_REQUEST, [requestId, actor]);
      const size = checkpoint?.size ?? 0;
      const reached = rows.filter(({ sequence }) => sequence < size).map(({ sequence }) => sequence);
      const proofs = await proveInclusionsFromTiles(tilesOf(db, size), reached, size);
      if (!proofs.ok) throw new IntegrationFault('tree_forked', proofs.detail);
      const entries = rows.map((row, at) => ({
        sequence: row.sequence,
        tenantId: row.tenant_id,
        entry: row.entry,
        disclosure: row.disclosure,
        leafHash: row.leaf_hash,
        prunedBy: row.pruned_by,
        // Rows are in order, so those that are reached come first.
        proof: proofs.value[at] ?? null,
      }));
      return {
        checkpoint,
        note: checkpoint === null ? null : await withCosignatures(db, checkpoint),
        entries,
      };
    },
    path: async (sequence, size) => {
      if (sequence >= size) return null;
      const proofs = await proveInclusionsFromTiles(tilesOf(db, size), [sequence], size);
      if (!proofs.ok) throw new IntegrationFault('tree_forked', proofs.detail);
      return proofs.value[0] ?? null;
    },
    keepCosignature: async (kept) => {
      const rows = await db.query(INSERT_COSIGNATURE, [
        kept.size,
        kept.identity,
        kept.kid,
        kept.line,
        new Date(kept.witnessedAt * 1000),
        kept.requestId,
        new Date(kept.receivedAtMs),
      ]);
      return rows.length > 0;
    },
  };
}

/** Tiles of the tree of `size` leaves. */
export function tilesOf(db: Queryable, size: number): TileReader {
  return async (tile) => (await readTile(db, tile, size)) ?? new Uint8Array(0);
}

/** Lines are appended as they were verified; a note that could not be parsed any more would help nobody. */
export async function withCosignatures(db: Queryable, checkpoint: StoredCheckpoint): Promise<string> {
  const rows = await db.query<{ line: string }>(READ_COSIGNATURES, [checkpoint.size]);
  const cosigned = checkpoint.note + rows.map(({ line }) => line).join('');
  return parseNote(cosigned).ok ? cosigned : checkpoint.note;
}
