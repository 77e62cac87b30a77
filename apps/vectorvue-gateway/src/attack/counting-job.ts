import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, type Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import { countTechniques } from './count-techniques.ts';

/** How often it looks while nothing waits. Milliseconds. */
const PAUSE_MS = 2_000;
/** Rests this many times as long as it counted. While the log grows it takes a twentieth of a core: counts lag, commits do not. */
const REST_UNDER_LOAD = 19;
const REST_ELSE = 1;
/** Between tries after faults. Milliseconds. */
const LONGEST_REST_MS = 30_000;

export interface CountingJobParts {
  readonly db: Database;
  readonly logger: Pick<Logger, 'warn'>;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  readonly pauseMs?: number;
}

/** Keeps the counts of techniques behind the log for as long as it is not disposed; which waits for the round under way. */
export function startCountingJob(parts: CountingJobParts): AsyncDisposable {
  const { db, logger, elapsed, pauseMs = PAUSE_MS } = parts;
  const stopping = new AbortController();

  const run = async (): Promise<void> => {
    let failures = 0;
    let size = 0;
    while (!stopping.signal.aborted) {
      const before = elapsed();
      let rest = pauseMs;
      try {
        const counted = await countTechniques(db);
        failures = 0;
        if (counted !== 'busy') {
          const factor = counted.size > size ? REST_UNDER_LOAD : REST_ELSE;
          size = counted.size;
          if (counted.more) rest = (elapsed() - before) * factor;
        }
      } catch (fault) {
        failures += 1;
        rest = Math.min(pauseMs * 2 ** failures, LONGEST_REST_MS);
        logger.warn('attack.counting_failed', describeFault(fault));
      }
      await sleep(rest, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}
