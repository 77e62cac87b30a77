import type { AttemptFacts } from '../prepare-envelope.ts';
import type { DeliveryLogger } from './types.ts';

/**
 * One line for each attempt, at level debug: with its trace id the same attempt is found in the gateway's log, which has it
 * beside its request id (W3C Trace Context; nothing else of tracing is here).
 */
export function logAttempts(logger: Pick<DeliveryLogger, 'debug'>): (attempt: AttemptFacts) => void {
  return ({ path, traceId, spanId, outcome, status, requestId }) => {
    logger.debug?.('gateway.attempt', {
      path,
      trace_id: traceId,
      span_id: spanId,
      outcome,
      status,
      request_id: requestId,
    });
  };
}
