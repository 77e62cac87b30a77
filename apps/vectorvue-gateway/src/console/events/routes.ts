import { z } from 'zod';
import { changeFinding } from '../../cli/change-finding.ts';
import { CommandRefused } from '../../cli/command.ts';
import { exactText, hex32, tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { refusal } from '../refusal.ts';
import { EVERY_ROLE, JUDGING_ROLES } from '../roles.ts';
import { type ConsoleRoute, consoleRoute, reasonField } from '../route.ts';
import { eventDetail, findingChanged, findingDetail, linkedAnswer } from './answers.ts';
import { findEventRow, findPin, readSurroundings } from './event-detail.ts';
import { commonFilters, STATUSES, wantedList } from './filter-fields.ts';
import { findFinding, listFindingChanges } from './finding-detail.ts';
import { eventItem, findingItem } from './items.ts';
import { LINKED_MOST, readLinked } from './linked.ts';
import { listConsoleEvents } from './list-events.ts';
import { listConsoleFindings } from './list-findings.ts';

const SHORT_PAGES =
  'A page can be short, or empty, and have a next one: a page looks at a bounded number of rows, however rare what is asked for is';

const listEvents = listRoute({
  id: 'listEvents',
  path: '/events',
  summary: `Accepted events, newest first. ${SHORT_PAGES}`,
  roles: EVERY_ROLE,
  filters: commonFilters,
  item: eventItem,
  fileName: 'events',
  list: async (context, given, page) => {
    const wanted = wantedList(given, page.after);
    if (!wanted.ok) return wanted;
    const { rows, next } = await context.read(given.tenant, (db, scope) =>
      listConsoleEvents(db, { ...wanted.filters, scope, after: wanted.after, limit: page.limit }, elapsed),
    );
    return { ok: true, value: { items: rows as readonly z.input<typeof eventItem>[], next } };
  },
});

const listFindings = listRoute({
  id: 'listFindings',
  path: '/findings',
  summary: `Findings, last seen first; \`from\` and \`to\` are of that. ${SHORT_PAGES}`,
  roles: EVERY_ROLE,
  filters: { ...commonFilters, status: z.enum(STATUSES, `one of ${STATUSES.join(', ')}`).optional() },
  item: findingItem,
  fileName: 'findings',
  list: async (context, given, page) => {
    const wanted = wantedList(given, page.after);
    if (!wanted.ok) return wanted;
    const status = given.status ?? null;
    const { rows, next } = await context.read(given.tenant, (db, scope) =>
      listConsoleFindings(
        db,
        { ...wanted.filters, status, scope, after: wanted.after, limit: page.limit },
        elapsed,
      ),
    );
    return { ok: true, value: { items: rows as readonly z.input<typeof findingItem>[], next } };
  },
});

/** Ids of peers are anything, also `..`, which no path may be: so they travel in the query. */
const key = { tenant: tenantId, operator: exactText(128) };

const readEvent = consoleRoute({
  id: 'readEvent',
  method: 'GET',
  path: '/events/one',
  summary: 'One event: its signed bytes, and what vouches for them, for the browser to verify',
  roles: EVERY_ROLE,
  query: z.strictObject({ ...key, event: exactText(128) }),
  answer: eventDetail,
  handle: async (context, { query }) => {
    const found = await context.read(query.tenant, async (db) => {
      const event = await findEventRow(db, query);
      if (event === null) return null;
      const finding = await findFinding(db, { ...query, finding: `fnd-${query.event}` });
      return { event, finding, ...(await readSurroundings(db, event)) };
    });
    if (found === null) return refusal('event_unknown', 'this tenant has no such event');
    const { event, evidence, keyLife, entry, finding } = found;
    const seesPins = context.session.tenants === 'all-tenants' && evidence !== null;
    const pin = seesPins ? await context.read(null, (db) => findPin(db, evidence)) : null;
    const value = {
      event: { ...event, content_hash: base64url(event.content_hash) },
      evidence:
        evidence === null
          ? null
          : {
              ...evidence,
              timestamp: evidence.header_timestamp,
              public_key: base64url(evidence.public_key),
              signature: base64url(evidence.signature),
              body: base64url(evidence.body),
              body_sha256: base64url(evidence.body_sha256),
            },
      key_life: keyLife,
      pin,
      entry,
      finding,
    };
    return { ok: true, value: value as z.input<typeof eventDetail> };
  },
});

const readFinding = consoleRoute({
  id: 'readFinding',
  method: 'GET',
  path: '/findings/one',
  summary: 'One finding, and who changed its status, when and why',
  roles: EVERY_ROLE,
  query: z.strictObject({ ...key, finding: exactText(160) }),
  answer: findingDetail,
  handle: async (context, { query }) => {
    const found = await context.read(query.tenant, async (db) => {
      const finding = await findFinding(db, query);
      return finding === null ? null : { finding, changes: await listFindingChanges(db, query) };
    });
    if (found === null) return refusal('finding_unknown', 'this tenant has no such finding');
    return { ok: true, value: found as z.input<typeof findingDetail> };
  },
});

const readLinks = consoleRoute({
  id: 'readLinked',
  method: 'GET',
  path: '/events/linked',
  summary: 'Events, findings, graphs and adjustments of the same execution fingerprint or attestation hash',
  roles: EVERY_ROLE,
  query: z.strictObject({ tenant: tenantId, fingerprint: hex32, attestation: hex32 }),
  answer: linkedAnswer,
  handle: async (context, { query }) => {
    const linked = await context.read(query.tenant, (db, scope) => readLinked(db, scope, query, elapsed));
    const kinds = ['events', 'findings', 'graphs', 'adjustments'] as const;
    const value = {
      events: linked.events.slice(0, LINKED_MOST),
      findings: linked.findings.slice(0, LINKED_MOST),
      graphs: linked.graphs.slice(0, LINKED_MOST),
      adjustments: linked.adjustments.slice(0, LINKED_MOST),
      more: kinds.filter((kind) => linked[kind].length > LINKED_MOST),
    };
    return { ok: true, value: value as z.input<typeof linkedAnswer> };
  },
});

/** The operation of `findings close|suppress|reopen`, by the same code. */
const postFindingChange = consoleRoute({
  id: 'changeFinding',
  method: 'POST',
  path: '/findings/change',
  summary: 'Closes, suppresses or reopens a finding; what a closed or suppressed one caused is withdrawn',
  roles: JUDGING_ROLES,
  changes: true,
  body: z.strictObject({
    ...key,
    finding: exactText(160),
    step: z.enum(['close', 'suppress', 'reopen'], 'close, suppress or reopen'),
    reason: reasonField,
  }),
  answer: findingChanged,
  handle: async (context, { body }) => {
    context.requireTenant(body.tenant);
    const finding = { tenantId: body.tenant, findingId: body.finding, operatorId: body.operator };
    try {
      const { status, withdrawn } = await changeFinding(context.store, context.author, finding, body.step);
      return { ok: true, value: { status: status as (typeof STATUSES)[number], withdrawn } };
    } catch (fault) {
      if (fault instanceof CommandRefused) return refusal(fault.code, fault.message);
      throw fault;
    }
  },
});

/** For how long something takes; the time of day is `context.now()`. */
const elapsed = (): number => performance.now();

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

export const eventRoutes: readonly ConsoleRoute[] = [
  listEvents,
  listFindings,
  readEvent,
  readFinding,
  readLinks,
  postFindingChange,
];
