import type { Signer } from '@nyxera/federation-key-custody';
import {
  type FullTile,
  formatCheckpoint,
  formatNote,
  NOTE_ED25519,
  noteKeyId,
  splitHashes,
  TileFrontier,
} from '@nyxera/federation-protocol';
import type { Database, Queryable } from '../store/database.ts';
import {
  AUDIT_KEY_MAY_SIGN,
  INSERT_CHECKPOINT,
  INSERT_TILES,
  INTEGRATION_BACKLOG,
  LAST_CHECKPOINT,
  READ_LEAVES,
  TRY_INTEGRATION_LOCK,
} from '../store/sql/integrate-audit.ts';
import { IntegrationFault } from './integration-fault.ts';
import { readPartialTile } from './read-tile.ts';

/** What one round came to. `idle`: nothing is new. `busy`: another process integrates. */
export type Integration =
  | { readonly kind: 'idle' | 'busy' }
  | {
      readonly kind: 'checkpoint';
      readonly size: number;
      readonly entries: number;
      readonly tiles: number;
      /** Further entries are there already. */
      readonly more: boolean;
    };

export interface IntegratorParts {
  /** A connection of its own, so that it never takes one from the commits. On the embedded database the only one. */
  readonly db: Database;
  readonly origin: string;
  readonly signer: Pick<Signer, 'sign' | 'publicKey' | 'kid'>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Leaves in one statement. Default 1,024, which keep the event loop for 5 ms: requests wait for it meanwhile. */
  readonly pageSize?: number;
  /** Leaves below one checkpoint, at most. Default 65,536; 4,096 on the embedded database, whose commits wait meanwhile. */
  readonly roundSize?: number;
}

export interface Integrator {
  /**
   * Appends what is new to the tree and signs it: reads new leaf hashes in order, writes the tiles that became full
   * and a checkpoint, in one transaction. Costs what is new, whatever the size of the log.
   * @throws IntegrationFault where the log is not what was signed before: then nothing is signed, because two
   * checkpoints that do not continue each other are a proof against this gateway. StoreError and the like pass through.
   */
  integrate(): Promise<Integration>;
}

interface LastCheckpoint {
  readonly size: number;
  readonly origin: string;
  readonly root: Uint8Array;
}

/**
 * The integrator of the audit log (PROTOCOL.md section 19). One at a time across all replicas, by an advisory lock that
 * commits never take. It keeps the right edge of the tree between rounds, and reads it again (255 hashes a level, not
 * the log) where another process has integrated meanwhile or a round failed.
 */
export function createIntegrator(parts: IntegratorParts): Integrator {
  const { db, origin } = parts;
  const pageSize = parts.pageSize ?? 1_024;
  const roundSize = parts.roundSize ?? (db.kind === 'embedded' ? 4_096 : 65_536);
  let kept: TileFrontier | null = null;

  const round = async (tx: Queryable, entries: number): Promise<Integration> => {
    const [lock] = await tx.query<{ taken: boolean }>(TRY_INTEGRATION_LOCK);
    if (lock?.taken !== true) return { kind: 'busy' };
    const [last] = await tx.query<LastCheckpoint>(LAST_CHECKPOINT);
    if (last !== undefined && last.origin !== origin) {
      throw new IntegrationFault('origin_changed', `the log is called ${last.origin}; a log keeps its name`);
    }
    const frontier = await edgeOf(tx, last ?? null, kept);
    const before = frontier.size;
    const full: FullTile[] = [];
    let read = 0;
    do {
      read = await appendPage(tx, frontier, Math.min(pageSize, before + roundSize - frontier.size), full);
    } while (read === pageSize && frontier.size - before < roundSize);
    // The head counts them, so they must be there.
    if (frontier.size < Math.min(entries, before + roundSize)) throw missing(frontier.size);
    if (frontier.size === before) {
      kept = frontier;
      return { kind: 'idle' };
    }
    await insertTiles(tx, full);
    await insertCheckpoint(tx, parts, frontier);
    kept = frontier;
    const more = frontier.size - before >= roundSize;
    return {
      kind: 'checkpoint',
      size: frontier.size,
      entries: frontier.size - before,
      tiles: full.length,
      more,
    };
  };

  return {
    integrate: async () => {
      const [backlog] = await db.query<{ entries: number; integrated: number }>(INTEGRATION_BACKLOG);
      if (backlog === undefined || backlog.entries === backlog.integrated) return { kind: 'idle' };
      if (backlog.entries < backlog.integrated) {
        throw new IntegrationFault(
          'log_shrunk',
          `the log has ${backlog.entries} entries, and ${backlog.integrated} of it are signed`,
        );
      }
      const frontier = kept;
      // Whatever fails from here leaves an edge that is ahead of the store: it is read again.
      kept = null;
      const result = await db.transaction((tx) => round(tx, backlog.entries));
      if (result.kind === 'busy') kept = frontier;
      return result;
    },
  };
}

/** The edge of the tree that was signed last, from memory where it is that one. */
async function edgeOf(
  tx: Queryable,
  last: LastCheckpoint | null,
  kept: TileFrontier | null,
): Promise<TileFrontier> {
  const size = last?.size ?? 0;
  const frontier = kept?.size === size ? kept : await restore(tx, size);
  if (last !== null && !Buffer.from(frontier.root()).equals(last.root)) {
    throw new IntegrationFault(
      'tree_forked',
      `what is stored is not the tree of ${size} leaves that was signed`,
    );
  }
  return frontier;
}

async function restore(tx: Queryable, size: number): Promise<TileFrontier> {
  const tiles = new Map<number, Uint8Array>();
  for (let level = 0; 256 ** level <= size; level += 1) {
    const hashes = Math.floor(size / 256 ** level);
    const width = hashes % 256;
    if (width > 0) tiles.set(level, await readPartialTile(tx, level, Math.floor(hashes / 256), width));
  }
  try {
    return TileFrontier.restore(size, (tile) => tiles.get(tile.level) ?? new Uint8Array(0));
  } catch {
    throw new IntegrationFault(
      'tree_forked',
      `hashes below the tree of ${size} leaves that was signed are missing`,
    );
  }
}

/** Answers with how many leaves there were. */
async function appendPage(
  tx: Queryable,
  frontier: TileFrontier,
  limit: number,
  full: FullTile[],
): Promise<number> {
  const [page] = await tx.query<{ first: number | null; last: number | null; hashes: Uint8Array | null }>(
    READ_LEAVES,
    [frontier.size, limit],
  );
  if (page === undefined || page.hashes === null) return 0;
  const hashes = splitHashes(page.hashes);
  // The head of the log is taken in order, so whatever is visible is without gaps, unless somebody made one.
  if (page.first !== frontier.size || page.last !== frontier.size + hashes.length - 1) {
    throw missing(frontier.size);
  }
  for (const hash of hashes) full.push(...frontier.append(hash));
  return hashes.length;
}

function missing(sequence: number): IntegrationFault {
  return new IntegrationFault('gap', `entry ${sequence} or one soon after it is missing`);
}

async function insertTiles(tx: Queryable, full: readonly FullTile[]): Promise<void> {
  if (full.length === 0) return;
  await tx.query(INSERT_TILES, [
    full.map(({ tile }) => tile.level),
    full.map(({ tile }) => tile.index),
    full.map(({ bytes }) => bytes),
    full.map(({ root }) => root),
  ]);
}

async function insertCheckpoint(
  tx: Queryable,
  parts: IntegratorParts,
  frontier: TileFrontier,
): Promise<void> {
  const { origin, signer } = parts;
  const signedAt = new Date(parts.now());
  const kid = await signer.kid();
  const [key] = await tx.query<{ may_sign: boolean }>(AUDIT_KEY_MAY_SIGN, [kid, signedAt]);
  if (key?.may_sign !== true) {
    throw new IntegrationFault('key_not_active', `the audit key ${kid} is not active in the keyring`);
  }
  const root = frontier.root();
  const text = formatCheckpoint({ origin, size: frontier.size, root });
  const keyId = noteKeyId(origin, NOTE_ED25519, await signer.publicKey());
  const signature = await signer.sign(Buffer.from(text, 'utf8'));
  const note = formatNote(text, [{ name: origin, keyId, signature }]);
  await tx.query(INSERT_CHECKPOINT, [frontier.size, origin, root, note, kid, signedAt]);
}
