import { z } from 'zod';
import { decodeCursor } from '../../store/read/page.ts';
import { exactText, hex32, moment, tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { fieldRefusal, refusal } from '../refusal.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import { changeRoutes } from './change-routes.ts';
import { ADJUSTMENT_CURSOR_PARTS, listAdjustments } from './list-adjustments.ts';
import { GRAPH_CURSOR_PARTS, listGraphs } from './list-graphs.ts';
import { listProposals, PROPOSAL_CURSOR_PARTS } from './list-proposals.ts';
import { mostRestrictive } from './policy-effect.ts';
import {
  adjustmentDetail,
  adjustmentItem,
  feedbackSettings,
  graphDetail,
  graphItem,
  proposalItem,
} from './schemas.ts';
import { showAdjustment } from './show-adjustment.ts';
import { showGraph } from './show-graph.ts';
import { toAdjustmentItem, toGraphDetail, toProposalItem } from './to-items.ts';

const BAD_CURSOR = fieldRefusal('filter_invalid', 'after', 'not the `next` of a page of this list');

/** null: none was given; undefined: it is not a cursor of this list, of which the part at `time` is a moment. */
function cursorOf(after: string | null, parts: number, form: RegExp) {
  if (after === null) return null;
  const cursor = decodeCursor(after, parts);
  return cursor !== null && form.test(cursor.join('\n')) ? cursor : undefined;
}

const MOMENT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TIME_CURSOR = new RegExp(`^${MOMENT}\n${UUID}\n${UUID}$`);
const NUMBER_CURSOR = new RegExp(`^\\d{1,15}\n${UUID}\n\\d{1,15}$`);

const seconds = (time: string | undefined) =>
  time === undefined ? null : Math.floor(Date.parse(time) / 1000);

const graphs = listRoute({
  id: 'listGraphs',
  path: '/graphs',
  summary: 'Execution graphs, newest first',
  roles: EVERY_ROLE,
  filters: {
    tenant: tenantId.optional(),
    operator: exactText(128).optional(),
    fingerprint: hex32.optional(),
    target: exactText(512).optional(),
    from: moment.optional(),
    to: moment.optional(),
  },
  item: graphItem,
  fileName: 'graphs',
  list: async (context, filters, { after, limit }) => {
    const cursor = cursorOf(after, GRAPH_CURSOR_PARTS, TIME_CURSOR);
    if (cursor === undefined) return BAD_CURSOR;
    const { operator = null, fingerprint = null, target = null, from = null, to = null } = filters;
    const page = await context.read(filters.tenant, (db, scope) =>
      listGraphs(db, scope, { operator, fingerprint, target, from, to, after: cursor, limit }),
    );
    return { ok: true, value: { items: page.rows, next: page.next } };
  },
});

const graph = consoleRoute({
  id: 'showGraph',
  method: 'GET',
  path: '/graphs/{tenant}/{request}',
  summary: 'An execution graph with what can be drawn of it',
  roles: EVERY_ROLE,
  params: z.strictObject({ tenant: tenantId, request: z.uuid() }),
  answer: graphDetail,
  handle: async (context, { params }) => {
    const key = { tenantId: params.tenant, requestId: params.request.toLowerCase() };
    const found = await context.read(params.tenant, (db) => showGraph(db, key));
    if (found === null) return refusal('graph_unknown', 'this tenant has no such graph');
    return { ok: true, value: toGraphDetail(found) };
  },
});

const adjustments = listRoute({
  id: 'listAdjustments',
  path: '/adjustments',
  summary: 'Adjustments, newest first; with from and to those whose life reaches into that time',
  roles: EVERY_ROLE,
  filters: {
    tenant: tenantId.optional(),
    action: z.enum(['deny', 'tighten', 'observe']).optional(),
    cause: z.enum(['graph', 'finding', 'analyst']).optional(),
    state: z.enum(['alive', 'expired', 'withdrawn']).optional(),
    fingerprint: hex32.optional(),
    target: exactText(512).optional(),
    from: moment.optional(),
    to: moment.optional(),
  },
  item: adjustmentItem,
  fileName: 'adjustments',
  list: async (context, filters, { after, limit }) => {
    const cursor = cursorOf(after, ADJUSTMENT_CURSOR_PARTS, NUMBER_CURSOR);
    if (cursor === undefined) return BAD_CURSOR;
    const { action = null, cause = null, state = null, fingerprint = null, target = null } = filters;
    const page = await context.read(filters.tenant, (db, scope) =>
      listAdjustments(db, scope, {
        now: Math.floor(context.now() / 1000),
        action,
        cause,
        state,
        fingerprint,
        target,
        from: seconds(filters.from),
        to: seconds(filters.to),
        after: cursor,
        limit,
      }),
    );
    return { ok: true, value: { items: page.rows.map(toAdjustmentItem), next: page.next } };
  },
});

const adjustment = consoleRoute({
  id: 'showAdjustment',
  method: 'GET',
  path: '/adjustments/{tenant}/{number}',
  summary:
    'An adjustment, what else lives for its target, who was answered meanwhile, and the proposals about it',
  roles: EVERY_ROLE,
  params: z.strictObject({
    tenant: tenantId,
    number: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  }),
  answer: adjustmentDetail,
  handle: async (context, { params }) => {
    const key = { tenantId: params.tenant, adjustmentId: params.number };
    const found = await context.read(params.tenant, async (db, scope) => {
      const detail = await showAdjustment(db, key, context.now());
      const proposals = await listProposals(db, scope, {
        nowMs: context.now(),
        state: null,
        adjustmentId: params.number,
        after: null,
        limit: 50,
      });
      return detail === null ? null : { ...detail, proposals: proposals.rows };
    });
    if (found === null) return refusal('adjustment_unknown', 'this tenant has no such adjustment');
    return {
      ok: true,
      value: {
        adjustment: toAdjustmentItem(found.adjustment),
        binding: mostRestrictive(found.living)?.adjustment_id ?? null,
        living: found.living.map(toAdjustmentItem),
        fetches: [...found.fetches],
        proposals: found.proposals.map((row) => toProposalItem(row, context.author.actor)),
      },
    };
  },
});

const proposals = listRoute({
  id: 'listProposals',
  path: '/proposals',
  summary: 'Changes of feedback that need a second person, newest first',
  roles: EVERY_ROLE,
  filters: {
    tenant: tenantId.optional(),
    state: z.enum(['pending', 'approved', 'declined', 'retracted', 'expired']).optional(),
  },
  item: proposalItem,
  fileName: 'proposals',
  list: async (context, filters, { after, limit }) => {
    const cursor = cursorOf(after, PROPOSAL_CURSOR_PARTS, TIME_CURSOR);
    if (cursor === undefined) return BAD_CURSOR;
    const nowMs = context.now();
    const page = await context.read(filters.tenant, (db, scope) =>
      listProposals(db, scope, {
        nowMs,
        state: filters.state ?? null,
        adjustmentId: null,
        after: cursor,
        limit,
      }),
    );
    const items = page.rows.map((row) => toProposalItem(row, context.author.actor));
    return { ok: true, value: { items, next: page.next } };
  },
});

const settings = consoleRoute({
  id: 'showFeedbackSettings',
  method: 'GET',
  path: '/feedback/settings',
  summary: 'The rules that cause adjustments, and whether a deny needs a second person',
  roles: EVERY_ROLE,
  answer: feedbackSettings,
  handle: async (context) => {
    const { rules, twoPersonDeny } = context.gateway.config.feedback;
    return {
      ok: true,
      value: {
        two_person_deny: twoPersonDeny,
        rules: [
          ...rules.graph.map(({ id, when, adjust }) => ({
            id,
            cause: 'graph' as const,
            when: `a graph with ${when.min_nodes} or more nodes, if no rule above holds`,
            adjust,
          })),
          ...rules.finding.map(({ id, when, adjust }) => ({
            id,
            cause: 'finding' as const,
            when: `an open finding: ${when.severity.join(', ')}`,
            adjust,
          })),
        ],
      },
    };
  },
});

/** Feedback: graphs, adjustments, proposals. */
export const feedbackRoutes: readonly ConsoleRoute[] = [
  graphs,
  graph,
  adjustments,
  adjustment,
  proposals,
  settings,
  ...changeRoutes,
];
