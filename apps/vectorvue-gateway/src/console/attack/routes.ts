import { z } from 'zod';
import { READ_PROGRESS, READ_TECHNIQUES } from '../../store/sql/technique-counts.ts';
import { moment, tenantId } from '../filters.ts';
import { fieldRefusal } from '../refusal.ts';
import { EVERY_ROLE } from '../roles.ts';
import { type ConsoleRoute, consoleRoute } from '../route.ts';
import { chooseSpan } from './choose-span.ts';

const count = z.number().int().min(0);

/** Agents may name any technique of the right form: more than this is an attack on the page. */
const MOST_TECHNIQUES = 2_000;

const DAY_MS = 86_400_000;

interface TechniqueRow {
  readonly technique: string;
  readonly events: number;
  readonly findings: number;
  readonly high: number;
  readonly critical: number;
}

const readAttack = consoleRoute({
  id: 'readAttack',
  method: 'GET',
  path: '/attack/techniques',
  summary:
    'Accepted events and findings by ATT&CK technique, in whole hours or days (UTC); the last 30 days by default',
  roles: EVERY_ROLE,
  query: z.strictObject({
    tenant: tenantId.optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  answer: z.object({
    from: z.string().meta({ description: 'As counted: the beginning of an hour or day' }),
    to: z.string().meta({ description: 'As counted, excluded: the end of an hour or day' }),
    span: z.enum(['hour', 'day']),
    uncounted: count.meta({ description: 'Newest entries of the log that are not in the counts yet' }),
    techniques: z.array(
      z.object({
        technique: z.string(),
        events: count.meta({ description: 'An event counts for each technique that it names' }),
        findings: count.meta({ description: 'Events that made a finding, whatever became of it' }),
        high: count,
        critical: count,
      }),
    ),
    more: z.boolean().meta({ description: `There are more than ${MOST_TECHNIQUES} techniques` }),
  }),
  handle: async (context, { query }) => {
    const to = query.to === undefined ? new Date(context.now()) : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - 30 * DAY_MS) : new Date(query.from);
    if (from >= to) return fieldRefusal('filter_invalid', 'to', 'is not after the beginning');
    const counted = chooseSpan(from, to);
    const [rows, progress] = await context.read(query.tenant, async (db, scope) => [
      await db.query<TechniqueRow>(READ_TECHNIQUES, [
        scope === 'all-tenants' ? null : scope,
        counted.span,
        counted.from,
        counted.to,
        MOST_TECHNIQUES + 1,
      ]),
      await db.query<{ next_sequence: number; size: number }>(READ_PROGRESS),
    ]);
    const [state] = progress;
    return {
      ok: true,
      value: {
        from: counted.from.toISOString(),
        to: counted.to.toISOString(),
        span: counted.span,
        uncounted: state === undefined ? 0 : Math.max(0, state.size - state.next_sequence),
        techniques: rows.slice(0, MOST_TECHNIQUES),
        more: rows.length > MOST_TECHNIQUES,
      },
    };
  },
});

export const attackRoutes: readonly ConsoleRoute[] = [readAttack];
