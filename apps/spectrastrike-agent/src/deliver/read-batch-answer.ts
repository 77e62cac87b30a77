import { ERROR_CODES, isJsonObject, isWireErrorCode, type JsonValue } from '@nyxera/federation-protocol';
import type { ClientOutcome } from '../gateway-client.ts';
import type { SpooledEvent } from '../spool/types.ts';

type Answer = Extract<ClientOutcome, { kind: 'answer' }>;

/**
 * The answer to each event of a batch as it would have been alone, so that one judgement serves both (retry-policy.ts).
 * Null unless there is exactly one result for each event, in order and with its id: an event that is settled by
 * another's result would be believed delivered and never sent again.
 */
export function readBatchAnswer(events: readonly SpooledEvent[], answer: Answer): readonly Answer[] | null {
  const body = answer.body ?? undefined;
  const results = isJsonObject(body) ? body.results : undefined;
  if (!isJsonObject(body) || !Array.isArray(results) || results.length !== events.length) return null;
  const answers: Answer[] = [];
  for (const [index, event] of events.entries()) {
    const single = readResult(event, results[index] as JsonValue, answer, body.request_id ?? null);
    if (single === null) return null;
    answers.push(single);
  }
  return answers;
}

function readResult(
  event: SpooledEvent,
  result: JsonValue,
  answer: Answer,
  requestId: JsonValue,
): Answer | null {
  if (!isJsonObject(result)) return null;
  // A rejected item whose id the gateway could not use is reported as null.
  const isOurs =
    result.event_id === event.eventId || (result.event_id === null && result.status === 'rejected');
  if (!isOurs) return null;
  switch (result.status) {
    case 'accepted':
    case 'duplicate': {
      const duplicate = result.status === 'duplicate';
      const receipt = result.receipt ?? null;
      return {
        ...answer,
        status: 202,
        code: null,
        body: { accepted: true, request_id: requestId, duplicate, receipt },
      };
    }
    case 'rejected': {
      const code = codeIn(result.error_code);
      // A code that this agent does not know is a refusal by a newer gateway: the event's own, and final.
      const status = isWireErrorCode(code) ? (ERROR_CODES[code].httpStatus ?? 422) : 422;
      const errors = [{ error_code: code, path: result.path ?? null }];
      return { ...answer, status, code, body: { request_id: requestId, errors } };
    }
    default:
      return null;
  }
}

function codeIn(value: JsonValue | undefined): string {
  return typeof value === 'string' && /^[a-z0-9_]{1,64}$/.test(value) ? value : '422';
}
