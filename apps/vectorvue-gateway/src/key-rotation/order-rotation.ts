import type { Database } from '../store/database.ts';
import {
  type ChangeAuthor,
  changeTrust,
  refuse,
  type TrustResult,
  type TrustTransaction,
} from '../trust/trust-change.ts';
import { GATEWAY_OWNER } from '../trust/trust-snapshot.ts';
import { nextAt } from './next-at.ts';
import { advanceRotation, prepareRotation, type RotationOrder } from './rotate.ts';
import { dropSchedule, GENERAL, latestRotation, putSchedule, type RotationScope } from './rotation-rows.ts';

/** What `key rotate` and the console ask for. */
export interface RotationRequest extends Omit<RotationOrder, 'scheduled'> {
  /** Activate although an agent has not confirmed. */
  readonly force: boolean;
  /** Begin another one although the last has not come to its end. */
  readonly again: boolean;
}

/**
 * Begins a rotation, or goes on with the one under way, as far as it can go now. Prepared, and told to the world, one after
 * the other: a kill between the two leaves what the next call goes on with.
 */
export async function orderRotation(
  db: Database,
  author: ChangeAuthor,
  request: RotationRequest,
): Promise<TrustResult<null>> {
  const begun = await changeTrust(db, author, async (tx) => begin(tx, request));
  if (!begun.ok) return begun;
  // What was begun has moved the version.
  return changeTrust(db, { ...author, atVersion: undefined }, async (tx) => {
    await advanceRotation(tx, request.scope, request.force);
    return null;
  });
}

async function begin(tx: TrustTransaction, request: RotationRequest): Promise<null> {
  const { scope } = request;
  const latest = await latestRotation(tx, scope);
  if (latest?.state === 'prepared' || latest?.state === 'published') return null;
  const overlapping =
    latest?.state === 'active' && latest.retire_at !== null && latest.retire_at.getTime() > tx.author.nowMs;
  if (overlapping && !request.again) return null;
  await prepareRotation(tx, { ...request, scheduled: false });
  return null;
}

export interface ScheduleRequest {
  readonly scope: RotationScope;
  /** Seconds; `off`: no more. */
  readonly every: number | 'off';
  readonly overlapSeconds: number;
  readonly confirmSeconds: number;
  /** 0 up to 1, without 1. */
  readonly random: () => number;
}

/** From now on gateways rotate this key by themselves, or no longer. */
export function scheduleRotation(
  db: Database,
  author: ChangeAuthor,
  request: ScheduleRequest,
): Promise<TrustResult<null>> {
  const { scope, every, overlapSeconds, confirmSeconds } = request;
  return changeTrust(db, author, async (tx) => {
    const now = new Date(author.nowMs);
    if (every === 'off') await dropSchedule(tx, scope);
    else {
      if (overlapSeconds * 2 > every) refuse('overlap_invalid', 'the overlap is at most half of the period');
      const row = {
        tenant_id: scope,
        every_seconds: every,
        overlap_seconds: overlapSeconds,
        confirm_seconds: confirmSeconds,
        next_at: nextAt(every, now, request.random),
        changed_by: author.actor,
      };
      await putSchedule(tx, row, now);
    }
    const action = every === 'off' ? 'key.rotate.unschedule' : 'key.rotate.schedule';
    tx.record({ action, subject: GATEWAY_OWNER, ...(scope === GENERAL ? {} : { tenantId: scope }) });
    return null;
  });
}
