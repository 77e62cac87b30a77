import { isWireErrorCode } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { SECURITY_EVENTS } from '../../security/security-events.ts';
import { WHAT_TO_DO } from '../../security/what-to-do.ts';
import {
  countRefusals,
  listRefusals,
  MAX_COUNTED,
  type RefusalQuery,
} from '../../store/read/list-refusals.ts';
import type { ConsoleContext } from '../context.ts';
import { listRoute, type PageWanted } from '../list-route.ts';
import { readMetrics } from '../overview/read-metrics.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import { describeCode, describedCode, refusedEntry, toEntry } from './entry-schema.ts';
import { readCursor, refusalFilters, securityFilters, toQuery } from './filters.ts';
import { refusalRoute, refusedBodyRoute } from './one-refusal.ts';

type Filters = Parameters<typeof toQuery>[1] & { readonly tenant?: string | undefined };

async function list(context: ConsoleContext, kind: RefusalQuery['kind'], filters: Filters, page: PageWanted) {
  const query = toQuery(kind, filters);
  if (!query.ok) return query;
  const after = readCursor(page.after);
  if (!after.ok) return after;
  const { rows, next } = await context.read(filters.tenant, (db, scope) =>
    listRefusals(db, { ...query.value, scope, after: after.value, limit: page.limit }),
  );
  return { ok: true as const, value: { items: rows.map(toEntry), next } };
}

const counted = z.object({
  counts: z.array(z.object({ ...describedCode.shape, entries: z.number().int(), last_at: z.string() })),
  is_whole: z.boolean().meta({ description: `false: only the newest ${MAX_COUNTED} were counted` }),
});

async function count(context: ConsoleContext, kind: RefusalQuery['kind'], filters: Filters) {
  const query = toQuery(kind, filters);
  if (!query.ok) return query;
  const { counts, isWhole } = await context.read(filters.tenant, (db, scope) =>
    countRefusals(db, { ...query.value, scope }),
  );
  const described = counts.map(({ code, entries, last_at }) => ({ ...describeCode(code), entries, last_at }));
  return { ok: true as const, value: { counts: described, is_whole: isWhole } };
}

const COUNTER = 'vectorvue_security_events_total';

/** Events that are counted and not written down: there was no request that they could be about. Since the start. */
async function countUnwritten({ gateway, session }: ConsoleContext) {
  if (session.tenants !== 'all-tenants') return [];
  const samples = readMetrics(await gateway.metricsText(), [COUNTER]);
  return Object.entries(SECURITY_EVENTS)
    .filter(([, { kept }]) => kept === 'metrics')
    .map(([code]) => ({
      ...describeCode(code),
      events: samples.filter(({ labels }) => labels.code === code).reduce((sum, { value }) => sum + value, 0),
    }));
}

export const refusalRoutes: readonly ConsoleRoute[] = [
  consoleRoute({
    id: 'codes',
    method: 'GET',
    path: '/codes',
    summary:
      'Every code that a request can be refused with, and every security event: its meaning and what to do',
    roles: EVERY_ROLE,
    answer: z.object({ items: z.array(describedCode) }),
    handle: async () => ({
      ok: true,
      value: {
        items: Object.keys(WHAT_TO_DO)
          .filter((code) => isWireErrorCode(code) || Object.hasOwn(SECURITY_EVENTS, code))
          .map(describeCode),
      },
    }),
  }),
  listRoute({
    id: 'refusals',
    path: '/refusals',
    summary: 'Requests, and events of batches, that were refused; newest first',
    roles: EVERY_ROLE,
    filters: refusalFilters,
    item: refusedEntry,
    fileName: 'refusals',
    list: (context, filters, page) => list(context, 'refusals', filters, page),
  }),
  consoleRoute({
    id: 'refusalCounts',
    method: 'GET',
    path: '/refusals/counts',
    summary: 'How many of each code, of the same filters',
    roles: EVERY_ROLE,
    query: z.strictObject(refusalFilters),
    answer: counted,
    handle: (context, { query }) => count(context, 'refusals', query),
  }),
  refusalRoute,
  refusedBodyRoute,
  listRoute({
    id: 'securityEvents',
    path: '/security-events',
    summary:
      'Security events: somebody tried what they may not, or something is not what it was; newest first',
    roles: EVERY_ROLE,
    filters: securityFilters,
    item: refusedEntry,
    fileName: 'security-events',
    list: (context, filters, page) => list(context, 'security', filters, page),
  }),
  consoleRoute({
    id: 'securityEventCounts',
    method: 'GET',
    path: '/security-events/counts',
    summary: 'How many of each code, of the same filters, and those that are only counted',
    roles: EVERY_ROLE,
    query: z.strictObject(securityFilters),
    answer: counted.extend({
      unwritten: z
        .array(z.object({ ...describedCode.shape, events: z.number() }))
        .meta({ description: 'Of this gateway since its start; for those who see all tenants' }),
    }),
    handle: async (context, { query }) => {
      const written = await count(context, 'security', query);
      if (!written.ok) return written;
      return { ok: true, value: { ...written.value, unwritten: await countUnwritten(context) } };
    },
  }),
];
