import type { CommitOutcome, CommitRequest, ItemOutcome } from '../store/commit-types.ts';
import { candidatesOf } from './audit-candidates.ts';

/** The one row that commit_requests_v1 answers with. */
export interface FlushResult {
  readonly verdicts: readonly number[];
  readonly retry_after: readonly number[];
  readonly fates: readonly number[] | null;
  readonly first_sequence: number | null;
  /** 32 bytes an audit entry, in the order of the sequence. */
  readonly leaves: Uint8Array;
}

const ALIVE = 0;
const REPLAY = 4;
const FATES: readonly ItemOutcome['status'][] = ['recorded', 'accepted', 'duplicate', 'conflict', 'rejected'];

/** What became of each request. The order of the audit entries is that of the candidates, so nothing is looked up. */
export function decodeFlush(
  requests: readonly CommitRequest[],
  result: FlushResult,
): readonly CommitOutcome[] {
  const leaves = Buffer.from(result.leaves.buffer, result.leaves.byteOffset, result.leaves.byteLength);
  let entry = 0;
  let firstItem = 1;
  return requests.map((request, index) => {
    const verdict = result.verdicts[index];
    const retryAfterSeconds = result.retry_after[index] ?? 1;
    const candidates = candidatesOf(request.effect, firstItem);
    if (request.effect.kind === 'events') firstItem += request.effect.items.length;
    switch (verdict) {
      case ALIVE: {
        const items: ItemOutcome[] = [];
        for (const candidate of candidates) {
          if (!candidate.ifAlive) continue;
          const status = candidate.item === 0 ? 'recorded' : FATES[result.fates?.[candidate.item - 1] ?? 0];
          const leafHash = leaves.toString('hex', entry * 32, entry * 32 + 32);
          items.push({
            status: status ?? 'recorded',
            sequence: (result.first_sequence ?? 0) + entry,
            leafHash,
          });
          entry += 1;
        }
        return { status: 'committed', items };
      }
      case 1:
        return { status: 'trust-changed' };
      case 2:
        return { status: 'rate-limited', retryAfterSeconds };
      case 3:
        return { status: 'nonce-limit', retryAfterSeconds };
      case REPLAY:
        entry += candidates.filter((candidate) => candidate.ifReplay).length;
        return { status: 'replay' };
      default:
        // Never: the function numbers them. Claimed or not, nobody may be told something that is not known.
        return { status: 'unknown' };
    }
  });
}
