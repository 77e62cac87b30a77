import { z } from 'zod';
import { makeFeedbackKey } from '../../key-rotation/make-key-file.ts';
import { orderRotation, scheduleRotation } from '../../key-rotation/order-rotation.ts';
import { standingOf } from '../../key-rotation/rotate.ts';
import { GENERAL, latestRotation, type RotationScope } from '../../key-rotation/rotation-rows.ts';
import type { Database } from '../../store/database.ts';
import type { Consequence } from '../../trust/foresee.ts';
import { refuse } from '../../trust/trust-change.ts';
import { tenantId } from '../filters.ts';
import type { ConsoleRoute } from '../route.ts';
import { type Done, trustAction } from './action.ts';
import { MADE_HERE, NO_FILE } from './key-actions.ts';
import { standInKey } from './stand-in-key.ts';

const DAY = 86_400;
const seconds = z
  .number()
  .int('whole seconds')
  .min(60, 'at least 60 seconds')
  .max(3650 * DAY, 'at most 3650 days');
const terms = {
  tenant: tenantId
    .nullable()
    .default(null)
    .meta({ description: 'The key of this tenant; null: the general one' }),
  overlap_seconds: seconds.default(7 * DAY).meta({ description: 'How long agents still take the old key' }),
  confirm_seconds: seconds
    .default(3 * DAY)
    .meta({ description: 'After this an unconfirmed rotation is an alert' }),
};

/** Typed where an agent may be left behind. */
const FORCED = 'force';

const rotate = trustAction({
  id: 'trustRotate',
  path: '/trust/rotations/rotate',
  summary:
    'Replace a feedback key, or go on with what was begun: agents confirm the next one before it signs',
  input: {
    ...terms,
    force: z.boolean().default(false).meta({ description: 'Activate although an agent has not confirmed' }),
    again: z
      .boolean()
      .default(false)
      .meta({ description: 'Begin another one although the last has not come to its end' }),
  },
  typed: (input) => (input.force ? FORCED : null),
  fields: { tenant_invalid: 'tenant' },
  run: async ({ db, author, rehearsal }, input, context) => {
    const scope = input.tenant ?? GENERAL;
    const before = await latestRotation(db, scope);
    let standIn: string | undefined;
    const { dataDir } = context.gateway.config.store;
    const result = await orderRotation(db, author, {
      scope,
      overlapSeconds: input.overlap_seconds,
      confirmSeconds: input.confirm_seconds,
      force: input.force,
      again: input.again,
      makeKey: async () => {
        if (!rehearsal) return makeFeedbackKey(dataDir).catch(() => refuse('key_file', NO_FILE));
        const made = standInKey();
        standIn = made.key.kid;
        return made;
      },
    });
    if (!result.ok) return result;
    const done = await describe(db, scope, new Date(author.nowMs));
    const after = await latestRotation(db, scope);
    const isNew = after !== null && after.rotation_id !== before?.rotation_id;
    const besides = [...(done.besides ?? []), ...(isNew ? [MADE_HERE] : [])];
    return { ok: true, value: { said: done.said, besides, standIn } };
  },
});

/** Where the rotation stands now, and who is left behind by it. */
async function describe(db: Database, scope: RotationScope, now: Date): Promise<Done> {
  const rotation = await latestRotation(db, scope);
  if (rotation === null) return { said: 'no rotation was begun' };
  const { peers, silent } = await standingOf(db, rotation, now);
  const waiting = [...new Set(peers.filter(({ confirmed }) => !confirmed).map(({ identity }) => identity))];
  const besides: Consequence[] = [];
  const forced = rotation.state === 'active' && rotation.forced;
  if (waiting.length > 0) {
    const text = forced
      ? `Not confirmed by ${waiting.join(', ')}: until they exchange keys they refuse what it signs.`
      : `It signs once these have confirmed it with their next exchange of keys: ${waiting.join(', ')}.`;
    besides.push({ weight: forced ? 'danger' : 'note', text });
  }
  if (silent.length > 0 && rotation.state !== 'retired' && rotation.state !== 'abandoned') {
    besides.push({
      weight: 'warning',
      text: `Never exchanged keys, so give them the new one by file (key export) before it signs: ${silent.join(', ')}.`,
    });
  }
  return { said: `the rotation is ${rotation.state}${forced ? ', forced' : ''}`, besides };
}

const schedule = trustAction({
  id: 'trustRotationSchedule',
  path: '/trust/rotations/schedule',
  summary: 'Let gateways rotate a feedback key by themselves, or no longer',
  input: { ...terms, every_seconds: seconds.nullable().meta({ description: 'null: no more' }) },
  fields: { overlap_invalid: 'overlap_seconds' },
  run: async ({ db, author }, input) => {
    const every = input.every_seconds;
    const result = await scheduleRotation(db, author, {
      scope: input.tenant ?? GENERAL,
      every: every ?? 'off',
      overlapSeconds: input.overlap_seconds,
      confirmSeconds: input.confirm_seconds,
      random: Math.random,
    });
    if (!result.ok) return result;
    const whose =
      input.tenant === null ? 'the general feedback key' : `the feedback key of tenant ${input.tenant}`;
    const said =
      every === null ? `${whose} is not rotated by itself` : `${whose} is rotated every ${every} seconds`;
    return { ok: true, value: { said } };
  },
});

export const rotationActions: readonly ConsoleRoute[] = [...rotate, ...schedule];
