import type { Limits } from '../config/gateway-config.ts';
import type { Commit, CommitRequest } from '../store/commit-types.ts';

export type QueueShedReason = 'commit_queue_requests' | 'commit_queue_bytes';

/**
 * The commit queue with a bound on what waits in it, in requests and in bytes of bodies. What goes beyond is
 * `unavailable` at once (503 with Retry-After): nothing was written, no nonce is burnt. An empty queue takes one
 * request of any size.
 */
export function boundCommit(
  commit: Commit,
  limits: Pick<Limits, 'commitQueueRequests' | 'commitQueueBytes'>,
  onShed: (reason: QueueShedReason) => void,
): Commit {
  let waiting = 0;
  let waitingBytes = 0;
  const whyNot = (requests: number, bytes: number): QueueShedReason | null => {
    if (waiting === 0) return null;
    if (waiting + requests > limits.commitQueueRequests) return 'commit_queue_requests';
    return waitingBytes + bytes > limits.commitQueueBytes ? 'commit_queue_bytes' : null;
  };
  return async (requests) => {
    let bytes = 0;
    for (const request of requests) bytes += bodyBytes(request);
    const reason = whyNot(requests.length, bytes);
    if (reason !== null) {
      onShed(reason);
      return requests.map(() => ({ status: 'unavailable' }));
    }
    waiting += requests.length;
    waitingBytes += bytes;
    try {
      return await commit(requests);
    } finally {
      waiting -= requests.length;
      waitingBytes -= bytes;
    }
  };
}

function bodyBytes({ effect }: CommitRequest): number {
  if (effect.kind === 'events' || effect.kind === 'graph') return effect.evidence.body.length;
  return effect.kind === 'refusal' ? (effect.refusedBody?.length ?? 0) : 0;
}
