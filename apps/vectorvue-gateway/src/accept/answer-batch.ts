import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { CommitItem, ItemOutcome } from '../store/commit-types.ts';
import { type Answer, problem, success } from './answer.ts';
import type { AuditLog } from './gateway.ts';
import { type Receipt, receiptOf } from './receipt.ts';

/** One element of `results` (PROTOCOL.md section 6), in the order of the items. */
interface ItemResult {
  readonly event_id: string | null;
  readonly status: 'accepted' | 'duplicate' | 'rejected';
  readonly error_code?: WireErrorCode;
  /** JSON Pointer relative to the item. */
  readonly path?: string;
  readonly receipt?: Receipt;
}

/** 202 also where every item was rejected: the batch itself was in order, and each item has its own answer. */
export function answerBatch(
  log: Pick<AuditLog, 'origin'> | null,
  requestId: string,
  items: readonly CommitItem[],
  outcomes: readonly ItemOutcome[],
): Answer {
  // Never: the commit answers for each item. A peer that is told less than it asked would settle the wrong events.
  if (outcomes.length !== items.length) return problem('internal_error');
  const results = items.map((item, index): ItemResult => {
    const outcome = outcomes[index];
    return { ...resultOf(item, outcome), ...receiptOf(log, outcome) };
  });
  const count = (status: ItemResult['status']): number =>
    results.filter((result) => result.status === status).length;
  return success(202, {
    request_id: requestId,
    status: 'accepted',
    accepted: count('accepted'),
    duplicates: count('duplicate'),
    rejected: count('rejected'),
    results,
  });
}

function resultOf(item: CommitItem, outcome: ItemOutcome | undefined): ItemResult {
  if (item.kind === 'rejected') {
    return { event_id: item.eventId, status: 'rejected', error_code: item.code, path: item.path };
  }
  const { eventId } = item.event;
  switch (outcome?.status) {
    case 'accepted':
    case 'duplicate':
      return { event_id: eventId, status: outcome.status };
    case 'conflict':
      return { event_id: eventId, status: 'rejected', error_code: 'event_conflict' };
    case 'rejected':
    case 'recorded':
    case undefined:
      return { event_id: eventId, status: 'rejected', error_code: 'internal_error' };
  }
}
