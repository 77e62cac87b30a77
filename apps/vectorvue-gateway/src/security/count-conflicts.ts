import type { Commit, CommitOutcome } from '../store/commit-types.ts';

/**
 * The same commit, counting the conflicts inside batches. The answer to a batch is 202 whatever became of its items,
 * so counting answers by their code would miss them.
 */
export function countItemConflicts(commit: Commit, onConflicts: (count: number) => void): Commit {
  return async (requests) => {
    const outcomes = await commit(requests);
    let conflicts = 0;
    for (const [index, outcome] of outcomes.entries()) {
      if (requests[index]?.endpoint === 'telemetry-batch') conflicts += conflictsIn(outcome);
    }
    if (conflicts > 0) onConflicts(conflicts);
    return outcomes;
  };
}

function conflictsIn(outcome: CommitOutcome): number {
  if (outcome.status !== 'committed') return 0;
  return outcome.items.filter((item) => item.status === 'conflict').length;
}
