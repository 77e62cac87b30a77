import type { FeedbackConfig } from '../config.ts';
import type { NewEvent } from '../intake/index.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { EnqueueOutcome } from '../spool/enqueue.ts';
import type { LaneKey } from '../spool/types.ts';
import type { ErrorItem } from './answer.ts';
import type { ApiContext } from './exchange.ts';

/** What became of one event of the request, in the order of the body. */
export interface Judged {
  readonly line: number | null;
  readonly eventId: string | null;
  status: 'accepted' | 'known' | 'refused';
  error?: ErrorItem;
}

/** The events of one request, and all of its lines. */
export interface Built {
  readonly judged: Judged[];
  readonly events: { readonly event: NewEvent; readonly judged: Judged }[];
}

/** One transaction for the whole request. Returns after the fsync; throws StateFault. */
export function storeTogether(context: ApiContext, lane: FeedbackConfig, built: Built): void {
  if (built.events.length === 0) return;
  const at = built.events.values();
  const events = built.events.map((one) => one.event);
  context.agent.spool.enqueue(laneKey(lane), null, events, (outcome) => {
    const judged = at.next().value?.judged;
    if (judged !== undefined) judge(judged, outcome);
  });
  logConflicts(context, lane, built.judged);
}

/** The one event of a request, with those of others. Resolves after the fsync; rejects with StateFault. */
export async function storeSingle(context: ApiContext, lane: FeedbackConfig, built: Built): Promise<void> {
  const [one] = built.events;
  if (one === undefined) return;
  judge(one.judged, await context.gathered.enqueue(laneKey(lane), one.event));
  logConflicts(context, lane, built.judged);
}

function laneKey(lane: FeedbackConfig): LaneKey {
  return { gateway: lane.gatewayUrl, operatorId: lane.operatorId, tenantId: lane.tenantId };
}

function judge(judged: Judged, outcome: EnqueueOutcome): void {
  if (outcome === 'spooled') return;
  judged.status = outcome === 'known' ? 'known' : 'refused';
  if (outcome === 'known') return;
  judged.error = {
    error_code: 'event_conflict',
    error_message: 'an event with this id and other content was taken before and stands',
    path: '/event_id',
  };
}

function logConflicts({ agent }: ApiContext, lane: FeedbackConfig, judged: readonly Judged[]): void {
  const conflicts = judged.filter((one) => one.error?.error_code === 'event_conflict');
  if (conflicts.length === 0) return;
  agent.state.transaction(() => {
    for (const { eventId } of conflicts) {
      appendSecurityEntry(agent.state.db, {
        atMs: agent.process.now(),
        class: 'intake',
        code: 'event_conflict',
        detail: 'the local API was given other content under an id that was spooled before; the first stands',
        tenantId: lane.tenantId.toLowerCase(),
        ref: eventId ?? '',
      });
    }
  });
}
