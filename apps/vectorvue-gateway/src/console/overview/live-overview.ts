import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable, Statement } from '../../store/database.ts';
import type { ConsoleContext } from '../context.ts';
import type { Streamed } from '../streamed.ts';
import { FRESH_MS, type OverviewDesk } from './overview-desk.ts';
import { type Gathered, overviewFor } from './overview-for.ts';
import type { ReaderScope } from './scope.ts';

/** Something is sent at least this often, and the session is looked at again. Milliseconds. */
const BEAT_MS = 10_000;

/** An open stream is no call: it keeps no session awake, and ends with it. */
const IS_LIVING: Statement = {
  name: 'overview-session-lives-v1',
  text: `SELECT ended_at IS NULL AND expires_at > $2 AND seen_at + make_interval(secs => idle_seconds) > $2 AS living
  FROM console_sessions WHERE session_id = $1`,
};

/**
 * Server-sent events: `overview` with the whole of it every other second, `unavailable` where it cannot be made now (the
 * reader shows what it has, and since when it is not live), and comments as heartbeats in between. Ends when the session
 * has ended; how many there are at once is bounded by the console.
 */
export function liveOverview(
  desk: Pick<OverviewDesk, 'read'>,
  context: LiveContext,
  scope: ReaderScope,
  rest: typeof pause = pause,
): Streamed {
  return { mediaType: 'text/event-stream', chunks: eventsOf(desk, context, scope, rest) };
}

export type LiveContext = Pick<ConsoleContext, 'session' | 'signal' | 'now' | 'store'>;

async function* eventsOf(
  desk: Pick<OverviewDesk, 'read'>,
  { session, signal, now, store }: LiveContext,
  scope: ReaderScope,
  rest: typeof pause,
): AsyncGenerator<string> {
  // How long the browser waits before it opens the next one. Milliseconds.
  yield 'retry: 1000\n\n';
  let lookedAtMs = now();
  while (!signal.aborted) {
    if (now() - lookedAtMs >= BEAT_MS) {
      if (!(await isLiving(store, session.sessionId, now()))) return;
      lookedAtMs = now();
    }
    const reading = desk.read().then(
      (gathered) => eventOf(gathered, scope),
      () => 'event: unavailable\ndata: {}\n\n',
    );
    for (let text: string | null = null; text === null; ) {
      const over = new AbortController();
      text = await Promise.race([reading, rest(BEAT_MS, AbortSignal.any([signal, over.signal]))]);
      over.abort();
      if (signal.aborted) return;
      yield text ?? ': beat\n\n';
    }
    await rest(FRESH_MS, signal);
  }
}

/** With the store away nobody can be shown anything; who is signed in is asked again when it is back. */
async function isLiving(db: Queryable, sessionId: string, nowMs: number): Promise<boolean> {
  const rows = db.query<{ living: boolean }>(IS_LIVING, [sessionId, new Date(nowMs)]);
  return rows.then(
    ([row]) => row?.living ?? false,
    () => true,
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<null> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  return null;
}

/** Those who see the same are sent the same text: it is made once. */
const WRITTEN = new WeakMap<Gathered, Map<string, string>>();

function eventOf(gathered: Gathered, scope: ReaderScope): string {
  const texts = WRITTEN.get(gathered) ?? new Map<string, string>();
  WRITTEN.set(gathered, texts);
  const key = scope === 'all-tenants' ? '*' : scope.join(' ');
  const text = texts.get(key) ?? `event: overview\ndata: ${JSON.stringify(overviewFor(gathered, scope))}\n\n`;
  texts.set(key, text);
  return text;
}
