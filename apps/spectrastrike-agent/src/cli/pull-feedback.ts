import type { JsonObject } from '@nyxera/federation-protocol';
import type { FeedbackConfig } from '../config.ts';
import { type AcceptedFeedback, acceptFeedback } from '../feedback/accept-feedback.ts';
import { queryFeedback } from '../feedback/query-feedback.ts';
import { isAnyGraphPushed } from '../graph/graph-store.ts';
import { listGatewayKeys } from '../keys/gateway-keys.ts';
import type { State } from '../state/open-state.ts';
import { feedbackKeyring } from '../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../trust/trusted-keys.ts';
import { witnessGateway } from '../witness/witness-gateway.ts';
import { feedbackObstacle, type WitnessOutcome } from '../witness/witness-outcome.ts';
import type { CliContext } from './cli-context.ts';
import { type GatewayConnection, logUntrusted, readExchange } from './connect-gateway.ts';
import { exchangeWhenDue } from './exchange-when-due.ts';
import { withWitness } from './with-witness.ts';

export interface PullParts {
  readonly context: CliContext;
  readonly config: FeedbackConfig;
  readonly state: State;
  readonly connection: GatewayConnection;
  /** Adjustments, 1 to 1000. */
  readonly limit: number;
  /**
   * Anchoring is an option (PROTOCOL.md section 8). Undefined: as soon as a graph of the tenant was pushed. Where none
   * ever went up there is none that an item could be about, and refusing a verified `deny` for that would leave the
   * agent less restricted, not safer.
   */
  readonly anchor: boolean | undefined;
}

export type PullOutcome =
  | {
      readonly kind: 'accepted';
      readonly witnessed: WitnessOutcome;
      readonly feedback: AcceptedFeedback;
    }
  /** `log`: the gateway's audit log forbids it; `answer`: there was none with 200; `feedback`: it does not verify. */
  | {
      readonly kind: 'refused';
      readonly by: 'log' | 'answer' | 'feedback';
      readonly witnessed: WitnessOutcome;
      readonly code: string;
      readonly detail: string;
      /** What the gateway asked to wait; null where it did not. */
      readonly retryAfterMs: number | null;
    };

/**
 * witness -> exchange keys when due -> query -> verify -> anchor -> record, for one tenant. What does not verify
 * changes nothing, and neither does anything of a gateway whose log does not continue what was seen of it (PROTOCOL.md
 * section 19).
 */
export async function pullFeedback(parts: PullParts): Promise<PullOutcome> {
  const { context, config, state, connection } = parts;
  const witnessed = await withWitness(context, config, state, connection, witnessGateway);
  const obstacle = feedbackObstacle(witnessed, config.auditRequired);
  if (obstacle !== null) {
    logUntrusted(state, config, { ...obstacle, retryAfterMs: null }, context.now());
    return { kind: 'refused', by: 'log', witnessed, ...obstacle, retryAfterMs: null };
  }
  // First: what the gateway has revoked must not verify the answer any more.
  await exchangeWhenDue(context, { config, state, connection }, [config]);
  const query = queryFeedback(connection.sendSigned, { ...config, limit: parts.limit });
  const exchange = readExchange(await query, 200);
  if (!exchange.ok) {
    logUntrusted(state, config, exchange.refusal, context.now());
    return { kind: 'refused', by: 'answer', witnessed, ...exchange.refusal };
  }
  const accepted = accept(parts, exchange.body, exchange.nonce);
  return accepted.ok
    ? { kind: 'accepted', witnessed, feedback: accepted.value }
    : {
        kind: 'refused',
        by: 'feedback',
        witnessed,
        code: accepted.code,
        detail: accepted.detail,
        retryAfterMs: null,
      };
}

function accept({ context, config, state, anchor }: PullParts, body: JsonObject, requestNonce: string) {
  const nowMs = context.now();
  const trusted = state.read(() => listTrustedKeys(state.db));
  const place = { gateway: config.gatewayUrl, tenantId: config.tenantId.toLowerCase() };
  const learned = state.read(() => listGatewayKeys(state.db, place));
  return acceptFeedback(state, body, {
    tenantId: config.tenantId,
    requestNonce,
    keys: feedbackKeyring(config.tenantId, config.feedbackKeys, trusted, nowMs / 1000, learned),
    requireBinding: config.requireBinding,
    anchor: anchor ?? state.read(() => isAnyGraphPushed(state.db, config.tenantId)),
    nowMs,
  });
}
