import { expect } from '@jest/globals';
import { accepted, type Script, type ScriptedAnswer, type SeenRequest } from './scripted-gateway.ts';

export const BATCH_PATH = '/internal/v1/telemetry/batch';

export interface BatchResult {
  readonly event_id: string | null;
  readonly status: string;
  readonly error_code?: string;
  readonly path?: string;
  readonly receipt?: unknown;
}

/** Ids of the events that a request carries, single or batch. */
export function eventIdsOf(request: SeenRequest): string[] {
  if (request.path !== BATCH_PATH) return [request.eventId];
  const { items } = JSON.parse(request.body.toString()) as { items: { payload: { event_id: string } }[] };
  return items.map((item) => item.payload.event_id);
}

/** 202 with one result for each event, as the gateway writes it. */
export function batchAnswer(results: readonly BatchResult[], requestId = 'request-batch'): ScriptedAnswer {
  const count = (status: string): number => results.filter((result) => result.status === status).length;
  return {
    status: 202,
    body: {
      request_id: requestId,
      status: 'accepted',
      accepted: count('accepted'),
      duplicates: count('duplicate'),
      rejected: count('rejected'),
      results,
    },
  };
}

/** A gateway that takes batches; each event comes to what `judge` says, accepted by default. */
export function takesBatches(judge: (eventId: string) => Partial<BatchResult> = () => ({})): Script {
  return (request) => {
    if (request.path !== BATCH_PATH) return accepted(request);
    const results = eventIdsOf(request).map((id) => ({ event_id: id, status: 'accepted', ...judge(id) }));
    return batchAnswer(results, `request-${request.index}`);
  };
}

/** Batches get this answer, singles are accepted. */
export function answersBatchesWith(answer: ScriptedAnswer, single: Script = accepted): Script {
  return (request) => (request.path === BATCH_PATH ? answer : single(request));
}

/** A batch that holds this event gets the answer, and so does the event alone. */
export function poisonedBy(eventId: string, answer: ScriptedAnswer, others: Script = takesBatches()): Script {
  return (request) => (eventIdsOf(request).includes(eventId) ? answer : others(request));
}

export function sizesOf(requests: readonly SeenRequest[]): number[] {
  return requests.map((request) => eventIdsOf(request).length);
}

export function expectEachOnce(requests: readonly SeenRequest[], ids: readonly string[]): void {
  expect(requests.flatMap(eventIdsOf)).toEqual(ids);
}
