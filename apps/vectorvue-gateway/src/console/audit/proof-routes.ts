import { proveConsistencyFromTiles } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { createLogReader, tilesOf, withCosignatures } from '../../audit/log-reader.ts';
import type { Statement } from '../../store/database.ts';
import type { ConsoleContext } from '../context.ts';
import { listRoute } from '../list-route.ts';
import { fieldRefusal, type Refusal, refusal } from '../refusal.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import {
  auditLogSchema,
  auditProofSchema,
  chainSchema,
  checkpointSchema,
  consistencySchema,
} from './audit-schema.ts';
import { type CosignedCheckpoint, checkpointsAtLeast, listCheckpoints } from './checkpoint-rows.ts';
import { entryOf, noEntry, sequenceParam } from './entry-routes.ts';
import { readLogSigners } from './log-signers.ts';

/**
 * Checkpoints, and what proves entries and older checkpoints by them. Hashes and public keys, which every pinned identity may
 * read (PROTOCOL.md section 19), so they are of no tenant; they are read as the gateway itself, because a path through the
 * tree is made of the hashes of everybody's entries. Nothing here is believed by the page: it verifies all of it.
 */

const SIZE: Statement = { name: 'console-audit-size-v1', text: 'SELECT size FROM audit_head' };

const size = sequenceParam.refine((value) => value > 0, 'a size is at least 1');

const readLog = consoleRoute({
  id: 'readAuditLog',
  method: 'GET',
  path: '/audit/log',
  summary: 'The newest checkpoint of the log, and by which keys it and its cosignatures are verified',
  roles: EVERY_ROLE,
  answer: auditLogSchema,
  handle: async (context) => {
    const newest = await newestOf(context);
    if (newest === null) return noCheckpoint();
    const [head] = await context.store.query<{ size: number }>(SIZE);
    return {
      ok: true,
      value: {
        ...(await readLogSigners(context.store, newest.origin)),
        entries: head?.size ?? newest.size,
        size: newest.size,
        signed_at: newest.signed_at.toISOString(),
        checkpoint: newest.cosigned,
      },
    };
  },
});

const readProof = consoleRoute({
  id: 'readAuditProof',
  method: 'GET',
  path: '/audit/entries/{sequence}/proof',
  summary: 'The inclusion proof of an entry under the newest checkpoint, or under the one of a size',
  roles: EVERY_ROLE,
  params: z.object({ sequence: sequenceParam }),
  query: z.strictObject({ size: size.optional() }),
  answer: auditProofSchema,
  handle: async (context, { params, query }) => {
    const entry = await entryOf(context, params.sequence);
    if (entry === null) return noEntry();
    const reader = createLogReader(context.store);
    const stored =
      query.size === undefined ? await newestOf(context) : await reader.checkpointOfSize(query.size);
    if (stored === null) {
      return query.size === undefined
        ? noCheckpoint()
        : fieldRefusal('filter_invalid', 'size', 'no checkpoint has it');
    }
    const path = await reader.path(entry.sequence, stored.size);
    if (path === null)
      return refusal('not_integrated', 'the checkpoint does not reach the entry yet; that takes a second');
    return {
      ok: true,
      value: {
        ...(await readLogSigners(context.store, stored.origin)),
        sequence: entry.sequence,
        leaf_hash: Buffer.from(entry.leaf_hash, 'hex').toString('base64url'),
        size: stored.size,
        checkpoint: await withCosignatures(context.store, stored),
        proof: path.map(base64url),
      },
    };
  },
});

const listOfCheckpoints = listRoute({
  id: 'listCheckpoints',
  path: '/audit/checkpoints',
  summary: 'Signed checkpoints of the log with their cosignatures, newest first',
  roles: EVERY_ROLE,
  filters: { cosigned: z.enum(['true', 'false'], 'true or false').optional() },
  item: checkpointSchema,
  fileName: 'audit-checkpoints',
  list: async (context, { cosigned }, { after, limit }) => {
    const below = after === null ? null : size.safeParse(after);
    if (below?.success === false) return fieldRefusal('filter_invalid', 'after', 'is no cursor of this list');
    const rows = await listCheckpoints(context.store, {
      below: below?.data ?? null,
      cosigned: cosigned === 'true',
      limit: limit + 1,
    });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      ok: true,
      value: {
        items: shown.map((row) => ({
          size: row.size,
          signed_at: row.signed_at.toISOString(),
          kid: row.kid,
          root: base64url(row.root),
          cosigned_by: [...row.cosignedBy],
          checkpoint: row.cosigned,
        })),
        next: rows.length > limit && last !== undefined ? String(last.size) : null,
      },
    };
  },
});

const readConsistency = consoleRoute({
  id: 'readConsistency',
  method: 'GET',
  path: '/audit/consistency',
  summary: 'That the newest checkpoint continues the tree of a size: for a checkpoint that somebody has kept',
  roles: EVERY_ROLE,
  query: z.strictObject({ from: size }),
  answer: consistencySchema,
  handle: async (context, { query }) => {
    const newest = await newestOf(context);
    if (newest === null) return noCheckpoint();
    if (query.from > newest.size) {
      return refusal(
        'tree_shrunk',
        `the log is signed up to ${newest.size} entries, and has no tree of ${query.from}`,
      );
    }
    const proof = await proveConsistencyFromTiles(
      tilesOf(context.store, newest.size),
      query.from,
      newest.size,
    );
    if (!proof.ok)
      return refusal('tree_forked', 'the stored tree gives no proof; "audit verify" says where it is wrong');
    return {
      ok: true,
      value: {
        ...(await readLogSigners(context.store, newest.origin)),
        from: query.from,
        to: newest.size,
        checkpoint: newest.cosigned,
        proof: proof.value.map(base64url),
      },
    };
  },
});

/** Proofs of one answer. Each takes some twenty tiles. */
const MOST_STEPS = 24;

const readChain = consoleRoute({
  id: 'readAuditChain',
  method: 'GET',
  path: '/audit/chain',
  summary: 'Checkpoints over the whole life of the log, each with the proof that it continues the one before',
  roles: EVERY_ROLE,
  query: z.strictObject({
    steps: z.coerce
      .number('a whole number')
      .int('a whole number')
      .min(2, 'from 2')
      .max(MOST_STEPS)
      .default(12),
  }),
  answer: chainSchema,
  handle: async (context, { query }) => {
    const latest = await listCheckpoints(context.store, {
      below: null,
      cosigned: false,
      limit: query.steps + 1,
    });
    const [newest] = latest;
    if (newest === undefined) return noCheckpoint();
    const chosen =
      latest.length <= query.steps ? [...latest].reverse() : await spread(context, newest.size, query.steps);
    const steps = [];
    let before: CosignedCheckpoint | null = null;
    for (const step of chosen) {
      steps.push({
        size: step.size,
        signed_at: step.signed_at.toISOString(),
        cosigned_by: [...step.cosignedBy],
        checkpoint: step.cosigned,
        proof: before === null ? null : await proofBetween(context, before.size, step.size),
      });
      before = step;
    }
    return { ok: true, value: { ...(await readLogSigners(context.store, newest.origin)), steps } };
  },
});

/** Of many checkpoints so many, evenly over the entries that the log has. */
function spread(
  { store }: ConsoleContext,
  size: number,
  steps: number,
): Promise<readonly CosignedCheckpoint[]> {
  const wanted = Array.from({ length: steps }, (_, n) => Math.max(1, Math.round((size * n) / (steps - 1))));
  return checkpointsAtLeast(store, wanted);
}

async function proofBetween(context: ConsoleContext, from: number, to: number): Promise<string[] | null> {
  const proof = await proveConsistencyFromTiles(tilesOf(context.store, to), from, to);
  return proof.ok ? proof.value.map(base64url) : null;
}

async function newestOf({ store }: ConsoleContext): Promise<CosignedCheckpoint | null> {
  const [newest] = await listCheckpoints(store, { below: null, cosigned: false, limit: 1 });
  return newest ?? null;
}

function noCheckpoint(): Refusal {
  return refusal(
    'no_checkpoint',
    'nothing has been signed over the log; serve does it where an audit key is configured',
  );
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

export const proofRoutes: readonly ConsoleRoute[] = [
  readLog,
  readProof,
  listOfCheckpoints,
  readConsistency,
  readChain,
];
