import { Gauge, type Registry } from 'prom-client';
import { describeFault, type Logger } from '../logging.ts';
import type { Database, Statement } from '../store/database.ts';
import { changeTrust, type TrustTransaction } from '../trust/trust-change.ts';
import { GATEWAY_OWNER } from '../trust/trust-snapshot.ts';
import { makeFeedbackKey } from './make-key-file.ts';
import { nextAt } from './next-at.ts';
import { advanceRotation, type MadeKey, prepareRotation, standingOf } from './rotate.ts';
import {
  latestRotation,
  listSchedules,
  livingRotations,
  markAlerted,
  putSchedule,
  type ScheduleRow,
} from './rotation-rows.ts';

export const ROTATION_ACTOR = 'schedule';
const EVERY_MS = 15_000;

/** Advisory lock: one gateway at a time looks after rotations; the others have nothing to wait for. */
const TRY_LOCK: Statement = {
  name: 'rotation-try-lock-v1',
  text: 'SELECT pg_try_advisory_xact_lock(7310114) AS taken',
};
/** Cheap, and mostly the whole of a round. */
const IS_DUE: Statement = {
  name: 'rotation-is-due-v1',
  text: `SELECT EXISTS (SELECT FROM key_schedules WHERE next_at <= $1)
             OR EXISTS (SELECT FROM key_rotations WHERE (scheduled AND state IN ('prepared', 'published'))
                           OR (state = 'published' AND alerted_at IS NULL AND alert_at <= $1)
                           OR (state = 'active' AND retire_at <= $1)) AS due`,
};
const UNCONFIRMED: Statement = {
  name: 'rotation-unconfirmed-v1',
  text: `SELECT count(*)::int AS n FROM key_rotations WHERE state = 'published' AND alert_at <= $1`,
};

export interface RotationJobParts {
  readonly db: Database;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly dataDir: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** 0 up to 1, without 1. */
  readonly random: () => number;
}

/** What is due is done at once, and then every quarter of a minute; a fault is logged and tried again. */
export function startRotationJob(parts: RotationJobParts): AsyncDisposable {
  measureUnconfirmed(parts);
  let running: Promise<void> = Promise.resolve();
  const round = (): void => {
    running = running.then(() =>
      rotateWhatIsDue(parts).catch((fault: unknown) => {
        parts.logger.error('key_rotation.failed', describeFault(fault));
      }),
    );
  };
  round();
  const timer = setInterval(round, EVERY_MS);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** One round: begins what a schedule says, goes on with what it began, and tells of agents that do not confirm. */
export async function rotateWhatIsDue(parts: Omit<RotationJobParts, 'registry'>): Promise<void> {
  const nowMs = parts.now();
  const [row] = await parts.db.query<{ due: boolean }>(IS_DUE, [new Date(nowMs)]);
  if (row?.due !== true) return;
  const author = { actor: ROTATION_ACTOR, reason: 'key rotate --schedule', nowMs };
  const result = await changeTrust(parts.db, author, async (tx) => {
    const [lock] = await tx.query<{ taken: boolean }>(TRY_LOCK);
    if (lock?.taken !== true) return;
    for (const schedule of await listSchedules(tx)) await beginScheduled(parts, tx, schedule);
    for (const rotation of await livingRotations(tx)) {
      const goesOn = rotation.scheduled || rotation.state === 'active';
      if (goesOn) await advanceRotation(tx, rotation.tenant_id, false);
    }
    await alert(parts, tx);
  });
  if (!result.ok) parts.logger.error('key_rotation.refused', { code: result.code, detail: result.detail });
}

async function beginScheduled(
  parts: Pick<RotationJobParts, 'dataDir' | 'random'>,
  tx: TrustTransaction,
  schedule: ScheduleRow,
): Promise<void> {
  const now = new Date(tx.author.nowMs);
  if (schedule.next_at > now) return;
  const scope = schedule.tenant_id;
  const latest = await latestRotation(tx, scope);
  // One that still waits for an agent is not overtaken: then two keys would be unconfirmed.
  if (latest?.state === 'prepared' || latest?.state === 'published') return;
  await prepareRotation(tx, {
    scope,
    overlapSeconds: schedule.overlap_seconds,
    confirmSeconds: schedule.confirm_seconds,
    scheduled: true,
    makeKey: (): Promise<MadeKey> => makeFeedbackKey(parts.dataDir),
  });
  await putSchedule(tx, { ...schedule, next_at: nextAt(schedule.every_seconds, now, parts.random) }, now);
}

/** Once a rotation: an entry of the audit log, which is forwarded, and a line in the log. */
async function alert(parts: Pick<RotationJobParts, 'logger'>, tx: TrustTransaction): Promise<void> {
  const now = new Date(tx.author.nowMs);
  for (const rotation of await livingRotations(tx)) {
    const late = rotation.state === 'published' && rotation.alerted_at === null && rotation.alert_at <= now;
    if (!late) continue;
    const { peers, silent } = await standingOf(tx, rotation, now);
    const waiting = peers.filter((peer) => !peer.confirmed).map((peer) => peer.identity);
    await markAlerted(tx, rotation, now);
    tx.record({ action: 'key.rotate.unconfirmed', subject: GATEWAY_OWNER, kid: rotation.new_kid });
    parts.logger.warn('key_rotation.unconfirmed', { kid: rotation.new_kid, waiting, silent });
  }
}

function measureUnconfirmed({ db, registry, now }: RotationJobParts): void {
  new Gauge({
    name: 'vectorvue_key_rotations_unconfirmed',
    help: 'Rotations of the gateway’s keys that an agent has not confirmed in time',
    registers: [registry],
    async collect() {
      // Without the store the last number stands; /readyz is what says that it is away.
      const row = await db.query<{ n: number }>(UNCONFIRMED, [new Date(now())]).catch(() => null);
      if (row !== null) this.set(row[0]?.n ?? 0);
    },
  });
}
