import { z } from 'zod';
import { AUDIT_CLASSES } from '../../audit/classify.ts';
import { makeProof } from '../../audit/make-proof.ts';
import { findAuditEntries, findAuditEntry, searchAudit } from '../../store/read/search-audit.ts';
import type { ConsoleContext } from '../context.ts';
import { exactText, moment, tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import { auditDetailSchema, auditEntrySchema } from './audit-schema.ts';
import { toAuditDetail, toAuditEntry } from './to-entry.ts';

/** A sequence of the log, as text of a path or a query. */
export const sequenceParam = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,15})$/, 'a whole number')
  .transform(Number)
  .refine(Number.isSafeInteger, 'a whole number');

const uuid = z.guid('a UUID').transform((text) => text.toLowerCase());

const listEntries = listRoute({
  id: 'listAuditEntries',
  path: '/audit/entries',
  summary:
    'The audit log, newest first. A page can hold less than was asked for, or nothing, and still have a next one: the search looked at a part of a long log',
  roles: EVERY_ROLE,
  filters: {
    tenant: tenantId.optional(),
    sequence: sequenceParam.optional(),
    request: uuid.optional(),
    class: z.enum(AUDIT_CLASSES, 'no class of entries').optional(),
    code: exactText(64).optional(),
    action: exactText(64).optional(),
    actor: exactText().optional(),
    from: moment.optional(),
    to: moment.optional(),
  },
  item: auditEntrySchema,
  fileName: 'audit-log',
  list: async (context, filters, { after, limit }) => {
    const from = dateOf(filters.from);
    const to = dateOf(filters.to);
    if (from !== null && to !== null && from >= to) {
      return fieldRefusal('filter_invalid', 'to', 'is not after the beginning');
    }
    const below = after === null ? null : sequenceParam.safeParse(after);
    if (below?.success === false) return fieldRefusal('filter_invalid', 'after', 'is no cursor of this list');
    const page = await context.read(filters.tenant, (db, scope) =>
      searchAudit(
        db,
        {
          scope,
          sequence: filters.sequence ?? null,
          request: filters.request ?? null,
          class: filters.class ?? null,
          code: filters.code ?? null,
          action: filters.action ?? null,
          actor: filters.actor ?? null,
          from,
          to,
          below: below?.data ?? null,
          limit,
        },
        () => performance.now(),
      ),
    );
    const next = page.next === null ? null : String(page.next);
    return { ok: true, value: { items: page.rows.map(toAuditEntry), next } };
  },
});

const readEntry = consoleRoute({
  id: 'readAuditEntry',
  method: 'GET',
  path: '/audit/entries/{sequence}',
  summary: 'One entry of the log: its exact text, what is disclosed beside it, and its leaf hash',
  roles: EVERY_ROLE,
  params: z.object({ sequence: sequenceParam }),
  answer: auditDetailSchema,
  handle: async (context, { params }) => {
    const entry = await entryOf(context, params.sequence);
    return entry === null ? noEntry() : { ok: true, value: toAuditDetail(entry) };
  },
});

/** The file of `audit prove`, which is checked without a gateway: by the command line, or by this console's page for it. */
const readProofFile = consoleRoute({
  id: 'readAuditProofFile',
  method: 'GET',
  path: '/audit/requests/{request}/proof-file',
  summary: 'Everything that proves what was decided about a request, as the file of "audit prove"',
  roles: EVERY_ROLE,
  params: z.object({ request: uuid }),
  streams: ['application/json; charset=utf-8'],
  handle: async (context, { params }) => {
    const { request } = params;
    // The file holds all entries of the request and its signed bytes: each of them must be the session's to see.
    const seen = await context.read(null, (db, scope) => findAuditEntries(db, scope, request));
    if (seen.length === 0) return refusal('not_found', 'the log has no entry of that request for you');
    const made = await makeProof(context.store, request);
    if (!made.ok) return refusal(made.code, made.detail);
    if (made.file.entries.some(({ sequence }) => !seen.some((entry) => entry.sequence === sequence))) {
      return refusal('not_found', 'the log has no entry of that request for you');
    }
    const text = `${JSON.stringify(made.file, null, 1)}\n`;
    return {
      ok: true,
      stream: {
        mediaType: 'application/json; charset=utf-8',
        fileName: `audit-proof-${request}.json`,
        chunks: chunksOf(text),
      },
    };
  },
});

async function* chunksOf(text: string): AsyncGenerator<string> {
  yield text;
}

/** The entry, where it is one of the session's tenants, or of nobody's and the session sees all; else null. */
export function entryOf(context: ConsoleContext, sequence: number) {
  return context.read(null, (db, scope) => findAuditEntry(db, scope, sequence));
}

export function noEntry() {
  return refusal('not_found', 'the log has no such entry for you');
}

function dateOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

export const entryRoutes: readonly ConsoleRoute[] = [listEntries, readEntry, readProofFile];
