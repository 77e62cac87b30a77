import type { Metrics } from '../metrics.ts';
import type { Commit } from '../store/commit-types.ts';
import type { Clock } from './gateway.ts';

/** The same commit, observed: batch size, duration and outcomes of every flush. */
export function measureCommit(commit: Commit, metrics: Pick<Metrics, 'committed'>, clock: Clock): Commit {
  return async (requests) => {
    const startMs = clock.now();
    const outcomes = await commit(requests);
    metrics.committed(
      requests.length,
      Math.max(0, clock.now() - startMs) / 1000,
      outcomes.map((outcome) => outcome.status),
    );
    return outcomes;
  };
}
