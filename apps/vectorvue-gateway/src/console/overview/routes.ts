import { z } from 'zod';
import type { ConsoleContext, ConsoleGateway } from '../context.ts';
import { tenantId } from '../filters.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import { liveOverview } from './live-overview.ts';
import { OverviewDesk } from './overview-desk.ts';
import { overviewFor } from './overview-for.ts';
import { overviewSchema } from './overview-schema.ts';
import type { ReaderScope } from './scope.ts';

/** One a gateway, made when somebody looks first; gone with it. */
const DESKS = new WeakMap<ConsoleGateway, OverviewDesk>();

function deskOf({ gateway, store, now }: ConsoleContext): OverviewDesk {
  const present = DESKS.get(gateway);
  if (present !== undefined) return present;
  const made = new OverviewDesk({ gateway, db: store, now });
  DESKS.set(gateway, made);
  return made;
}

const query = z.strictObject({
  tenant: tenantId.optional().meta({ description: 'Only what is about this one' }),
});

/** The tenants of the session, or the one of them that was asked for. */
function scopeOf(context: ConsoleContext, tenant: string | undefined): ReaderScope {
  if (tenant === undefined) return context.session.tenants;
  context.requireTenant(tenant);
  return [tenant];
}

export const overviewRoutes: readonly ConsoleRoute[] = [
  consoleRoute({
    id: 'overview',
    method: 'GET',
    path: '/overview',
    summary: 'The last hour, agents, and what wants a hand; of the tenants of the session',
    roles: EVERY_ROLE,
    query,
    answer: overviewSchema,
    handle: async (context, input) => {
      const scope = scopeOf(context, input.query.tenant);
      return { ok: true, value: overviewFor(await deskOf(context).read(), scope) };
    },
  }),
  consoleRoute({
    id: 'overviewLive',
    method: 'GET',
    path: '/overview/live',
    summary:
      'The same as server-sent events: `overview` every other second, `unavailable` while it cannot be made',
    roles: EVERY_ROLE,
    query,
    streams: ['text/event-stream'],
    live: true,
    handle: async (context, input) => {
      const scope = scopeOf(context, input.query.tenant);
      return { ok: true, stream: liveOverview(deskOf(context), context, scope) };
    },
  }),
];
