import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { policyState } from '../attestation/policy-state.ts';
import type { CliContext } from '../cli/cli-context.ts';
import type { GatewayConnection } from '../cli/connect-gateway.ts';
import { pullFeedback } from '../cli/pull-feedback.ts';
import { pushSomeGraphs } from '../cli/push-graphs.ts';
import type { DaemonConfig, FeedbackConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import type { DeliveryLogger } from '../deliver.ts';
import { type FeedbackRound, listRounds, recordRound } from '../feedback/round-store.ts';
import { buildRecentGraphs } from '../graph/build-recent-graphs.ts';
import { createPolicyEngine } from '../policy/policy-engine.ts';
import type { State } from '../state/open-state.ts';
import { describeError } from './describe-error.ts';

/** The largest query (PROTOCOL.md section 8): a loop wants everything that lives. */
const LIMIT = 1000;
/** Graphs in a round, so that they do not use up a rate limit that events need. */
const GRAPHS_A_ROUND = 20;
/** The longest pause after failures, where the interval is shorter; milliseconds. */
const LONGEST_PAUSE_MS = 900_000;
/** How often a loop that is switched off looks whether it still is; milliseconds. */
const OFF_POLL_MS = 5000;

export interface LoopParts {
  readonly context: CliContext;
  readonly state: State;
  readonly logger: DeliveryLogger;
  readonly config: () => DaemonConfig;
  readonly connection: GatewayConnection;
  /** What policies decide by is another than at the round before, so that a measurement of then is old. */
  readonly onPolicyChanged: () => void;
  /** Aborts at the next \`wake\`: a loop that waits goes on at once. */
  readonly woken: () => AbortSignal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * The feedback loop of one tenant, until the signal: build and push graphs -> witness -> exchange keys when due -> query
 * -> verify -> anchor -> record -> wait. Agents that start together must not ask together for ever, so the interval is
 * spread by a tenth. Failures double the pause, and are in `status`; none ends the loop.
 */
export async function feedbackLoop(parts: LoopParts, lane: FeedbackConfig): Promise<void> {
  const { context, state, random } = parts;
  const tenantId = lane.tenantId.toLowerCase();
  const before = state
    .read(() => listRounds(state.db))
    .find((one) => one.gateway === lane.gatewayUrl && one.tenantId === tenantId);
  let failures = before?.failures ?? 0;
  let policy = livingPolicy(state, tenantId, context.now());
  while (!context.signal.aborted) {
    const intervalMs = parts.config().feedbackIntervalMs;
    if (intervalMs === 0) {
      await systemClock.wait(OFF_POLL_MS, context.signal);
      continue;
    }
    const round = await oneRound(parts, lane);
    if (context.signal.aborted) return;
    failures = round.outcome === 'accepted' ? 0 : failures + 1;
    const { retryAfterMs, ...facts } = round;
    const pauseMs = Math.max(pauseAfter(failures, intervalMs, random), retryAfterMs ?? 0);
    const atMs = context.now();
    keep(parts, { ...facts, gateway: lane.gatewayUrl, tenantId, atMs, failures, nextAtMs: atMs + pauseMs });
    const policyNow = livingPolicy(state, tenantId, atMs);
    if (policyNow !== policy) parts.onPolicyChanged();
    policy = policyNow;
    await systemClock.wait(pauseMs, AbortSignal.any([context.signal, parts.woken()]));
  }
}

/** As the measurement of the agent has it; an adjustment that came again, or later, is no change. */
function livingPolicy(state: State, tenantId: string, nowMs: number): string {
  const living = state.read(() => createPolicyEngine(state.db).livingByTarget({ tenantId }, nowMs));
  return canonicalizeCompat(policyState(tenantId, living));
}

/** Milliseconds. */
export function pauseAfter(failures: number, intervalMs: number, random: () => number): number {
  const spread = intervalMs * (0.9 + 0.2 * random());
  if (failures === 0) return Math.round(spread);
  const longest = Math.max(LONGEST_PAUSE_MS, intervalMs);
  return Math.round(Math.min(longest, spread * 2 ** Math.min(failures, 20)));
}

type Round = Pick<FeedbackRound, 'outcome' | 'code' | 'detail' | 'recorded'> & {
  readonly retryAfterMs: number | null;
};

async function oneRound(parts: LoopParts, lane: FeedbackConfig): Promise<Round> {
  const { context, state, connection, config } = parts;
  try {
    const graphs = config().feedbackGraphs ? await pushGraphs(parts, lane) : null;
    const pulling = { context, config: lane, state, connection, limit: LIMIT, anchor: undefined };
    const pulled = await pullFeedback(pulling);
    if (pulled.kind === 'refused') {
      const outcome = pulled.by === 'answer' ? 'failed' : 'refused';
      const { code, detail, retryAfterMs } = pulled;
      return { outcome, code, detail, recorded: 0, retryAfterMs };
    }
    const { recorded, rejected } = pulled.feedback;
    const held = graphs === null ? '' : `; graphs wait: ${graphs}`;
    const detail = `${recorded.length} adjustments, ${rejected.length} items rejected${held}`;
    return { outcome: 'accepted', code: null, detail, recorded: recorded.length, retryAfterMs: null };
  } catch (error) {
    return { outcome: 'failed', ...describeError(error), recorded: 0, retryAfterMs: null };
  }
}

/** The code of what kept some back; null: nothing did. */
async function pushGraphs(parts: LoopParts, lane: FeedbackConfig): Promise<string | null> {
  const { context, state, connection } = parts;
  const pause = () => new Promise<void>((resolve) => void setImmediate(resolve));
  await buildRecentGraphs(state, context.now(), pause);
  const { refusal } = await pushSomeGraphs(context, lane, state, connection, GRAPHS_A_ROUND);
  return refusal?.code ?? null;
}

function keep(parts: LoopParts, round: Omit<FeedbackRound, 'acceptedAtMs'>): void {
  const { state, logger } = parts;
  if (round.outcome !== 'accepted') {
    const { gateway, tenantId, code, detail, failures } = round;
    const isRefused = round.outcome === 'refused' ? { class: 'security' } : {};
    logger.warn('feedback.round', { ...isRefused, gateway, tenant_id: tenantId, code, detail, failures });
  }
  try {
    state.transaction(() => recordRound(state.db, round));
  } catch (error) {
    // A full disk: the round was made all the same, and the log has it.
    logger.warn('feedback.unrecorded', describeError(error));
  }
}
