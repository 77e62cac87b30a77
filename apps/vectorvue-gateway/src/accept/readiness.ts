import type { FeedbackSigning } from '../feedback/feedback-signing.ts';
import type { Database, Statement } from '../store/database.ts';
import type { TrustCache } from '../trust/trust-cache.ts';
import { deferred } from './deferred.ts';
import type { Clock } from './gateway.ts';

/** While the store is away: every request is sent away until a ping finds that it is back. */
const AWAY_PING_INTERVAL_MS = 200;
/** While it is there: so many of these intervals from one ping to the next, a second. */
const INTERVALS_WHILE_UP = 5;
const PING_TIMEOUT_MS = 3000;
/** PROTOCOL.md section 4: beyond this, nonce expiry and freshness would disagree about time. */
const MAX_CLOCK_DIFFERENCE_MS = 5000;

const DATABASE_CLOCK: Statement = {
  name: 'gateway-database-clock-v1',
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms',
};

/** Whether this process can answer at all: step 3 of PROTOCOL.md section 5, and `/readyz`. */
export interface Readiness {
  /** What the last ping said; a request is sent away at once instead of waiting for a dead store. */
  storeUp(): boolean;
  /** A commit had trouble: ask the store now, not at the next tick. */
  suspectStore(): void;
  /** Reasons against being ready; none: ready. */
  reasons(): Promise<readonly string[]>;
  close(): void;
}

export interface ReadinessParts {
  readonly db: Pick<Database, 'query'>;
  readonly trust: Pick<TrustCache, 'current' | 'refresh'>;
  readonly signing: Pick<FeedbackSigning, 'complaint'>;
  readonly clock: Clock;
  /** A ping failed, and each that fails after it. Must not throw. */
  readonly onAway: () => void;
}

/** Pings the store once before it resolves, and then every second; while it is away, five times as often. */
export async function watchReadiness(parts: ReadinessParts): Promise<Readiness> {
  let up = false;
  let differenceMs = 0;
  let running: Promise<void> | null = null;

  const ping = async (): Promise<void> => {
    const beforeMs = parts.clock.now();
    const [row] = await withTimeout(parts.db.query<{ now_ms: number }>(DATABASE_CLOCK), PING_TIMEOUT_MS);
    const afterMs = parts.clock.now();
    if (row === undefined) throw new Error('the database clock cannot be read');
    // Only what cannot be explained by the round trip counts as a difference.
    differenceMs = Math.max(row.now_ms - afterMs, beforeMs - row.now_ms, 0);
    // A store that was away long enough has left trust stale too: one that is back must not be away by that for longer.
    if (parts.trust.current().stale) {
      await withTimeout(parts.trust.refresh(), PING_TIMEOUT_MS).catch(() => undefined);
    }
    up = true;
  };
  const check = (): Promise<void> => {
    running ??= ping()
      .catch(() => {
        up = false;
        parts.onAway();
      })
      .finally(() => {
        running = null;
      });
    return running;
  };

  await check();
  let intervals = 0;
  const timer = setInterval(() => {
    intervals += 1;
    if (!up || intervals % INTERVALS_WHILE_UP === 0) void check();
  }, AWAY_PING_INTERVAL_MS);
  timer.unref();
  return {
    storeUp: () => up,
    suspectStore: () => void check(),
    reasons: async () => {
      await check();
      const reasons: string[] = [];
      if (!up) reasons.push('store: the database does not answer');
      if (parts.trust.current().stale) reasons.push('trust: not confirmed by the database lately');
      if (up && differenceMs > MAX_CLOCK_DIFFERENCE_MS) {
        reasons.push(`clock: this process and the database differ by ${Math.round(differenceMs / 1000)} s`);
      }
      const withoutFeedback = await whyNoFeedback(parts);
      if (withoutFeedback !== null) reasons.push(withoutFeedback);
      return reasons;
    },
    close: () => clearInterval(timer),
  };
}

/** A custodian that is away may take its time to say so. */
async function whyNoFeedback({ signing, trust, clock }: ReadinessParts): Promise<string | null> {
  const complaint = signing.complaint(trust.current(), clock.now());
  return withTimeout(complaint, PING_TIMEOUT_MS).catch(() => 'keys: the feedback key cannot sign');
}

async function withTimeout<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  const { promise, reject } = deferred<never>();
  const timer = setTimeout(() => reject(new Error('timed out')), milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
