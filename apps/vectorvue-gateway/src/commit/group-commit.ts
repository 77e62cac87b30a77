import type { Commit, CommitOutcome, CommitRequest } from '../store/commit-types.ts';

export interface CommitQueueOptions {
  /** Requests that go down in one flush. Default 500. */
  readonly maxBatch?: number;
  /** Requests that may wait or be under way; beyond it `unavailable`, at once. Default 5,000. */
  readonly maxQueue?: number;
  /** Bytes of their bodies, likewise. An empty queue takes one request of any size. Default 32 MiB. */
  readonly maxQueueBytes?: number;
  /** Told why requests were not taken. */
  readonly onShed?: (reason: QueueShedReason) => void;
  /** Bytes of bodies in one flush; a single request may be larger. Default 4 MiB. */
  readonly maxBatchBytes?: number;
}

export type QueueShedReason = 'commit_queue_requests' | 'commit_queue_bytes';

export interface CommitQueue {
  /** The same seam, batched: everything that waits goes down when the previous flush has returned. */
  readonly commit: Commit;
  /**
   * The store is away: what waits was not sent, so it is `unavailable` now, and does not wait for a flush under way that
   * may look for its fate for many seconds. What is under way is left alone.
   */
  refuseWaiting(): void;
  /** Requests that wait or are under way. */
  depth(): number;
  /** Resolves when nothing is waiting or under way. New requests are still taken. */
  settled(): Promise<void>;
}

interface Waiting {
  readonly request: CommitRequest;
  /** Of its body. */
  readonly bytes: number;
  readonly resolve: (outcome: CommitOutcome) => void;
}

/**
 * Natural batching (ARCHITECTURE.md, Group commit): the latency of a flush is the batching window, so there is no
 * timer and no delay when idle. One flush at a time, in order of arrival. The commit never throws; should it, the
 * outcome is `unknown`, because nobody knows.
 */
export function createCommitQueue(commit: Commit, options: CommitQueueOptions = {}): CommitQueue {
  const maxBatch = options.maxBatch ?? 500;
  const maxQueue = options.maxQueue ?? 5_000;
  const maxQueueBytes = options.maxQueueBytes ?? 32 * 1024 * 1024;
  const maxBatchBytes = options.maxBatchBytes ?? 4 * 1024 * 1024;
  let waiting: Waiting[] = [];
  let depth = 0;
  let depthBytes = 0;
  let running: Promise<void> | null = null;

  const take = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const one of waiting) {
      bytes += one.bytes;
      if (count > 0 && (count >= maxBatch || bytes > maxBatchBytes)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };

  const run = async (): Promise<void> => {
    // What this turn of the event loop still brings goes down with the first that came: signatures are decided several
    // at a time, and a flush of one costs nearly as much as one of ten.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = take();
      const outcomes = await commit(batch.map(({ request }) => request)).catch(() => []);
      depth -= batch.length;
      for (const [index, { bytes, resolve }] of batch.entries()) {
        depthBytes -= bytes;
        resolve(outcomes[index] ?? { status: 'unknown' });
      }
    }
    running = null;
  };

  const whyFull = (requests: number, bytes: number): QueueShedReason | null => {
    if (depth + requests > maxQueue) return 'commit_queue_requests';
    return depth > 0 && depthBytes + bytes > maxQueueBytes ? 'commit_queue_bytes' : null;
  };

  return {
    async commit(requests) {
      if (requests.length === 0) return [];
      const sizes = requests.map(bodyBytes);
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const full = whyFull(requests.length, bytes);
      if (full !== null) {
        options.onShed?.(full);
        return requests.map(() => ({ status: 'unavailable' }));
      }
      depth += requests.length;
      depthBytes += bytes;
      const outcomes = requests.map(
        (request, index) =>
          new Promise<CommitOutcome>((resolve) => {
            waiting.push({ request, bytes: sizes[index] ?? 0, resolve });
          }),
      );
      running ??= run();
      return Promise.all(outcomes);
    },
    refuseWaiting() {
      for (const { bytes, resolve } of waiting.splice(0)) {
        depth -= 1;
        depthBytes -= bytes;
        resolve({ status: 'unavailable' });
      }
    },
    depth: () => depth,
    async settled() {
      while (running !== null) await running;
    },
  };
}

function bodyBytes(request: CommitRequest): number {
  const { effect } = request;
  if (effect.kind === 'events' || effect.kind === 'graph') return effect.evidence.body.length;
  return effect.kind === 'refusal' ? (effect.refusedBody?.length ?? 0) : 0;
}
