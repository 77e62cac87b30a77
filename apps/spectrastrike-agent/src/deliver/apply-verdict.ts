import type { BackoffLimits } from '../retry-policy.ts';
import type { SpooledEvent } from '../spool/types.ts';
import type { AttemptVerdict } from './attempt.ts';
import type { Circuit } from './circuit.ts';
import type { LaneFlow } from './lane-flow.ts';
import type { DeliveryDependencies } from './types.ts';

/** Answered before the gateway looks at the identity (PROTOCOL.md section 5), so they do not end a pause for a 401. */
const BEFORE_IDENTITY: ReadonlySet<string> = new Set([
  'payload_too_large',
  'unsupported_media_type',
  'payload_required',
  '413',
  '415',
]);

export interface VerdictContext {
  readonly deps: DeliveryDependencies;
  readonly circuit: Circuit;
  readonly flow: LaneFlow;
  readonly limits: BackoffLimits;
  readonly random: () => number;
  readonly nowMs: number;
}

/** What a verdict means for the lane and the gateway; what it means for the event is its settlement. */
export function applyVerdict(
  context: VerdictContext,
  event: SpooledEvent,
  laneId: number,
  verdict: AttemptVerdict,
): void {
  const before = context.circuit.state;
  switch (verdict.kind) {
    case 'delivered':
      context.flow.accepted();
      answered(context, event);
      reopenLane(context, laneId);
      break;
    case 'replay':
      answered(context, event);
      reopenLane(context, laneId);
      break;
    case 'quarantine':
      answered(context, event);
      if (!BEFORE_IDENTITY.has(verdict.code)) reopenLane(context, laneId);
      warn(context, 'event quarantined', laneId, verdict, { event_id: event.eventId });
      break;
    case 'throttle':
      answered(context, event);
      throttleLane(context, laneId, verdict);
      break;
    case 'pause-lane':
      answered(context, event);
      pauseLane(context, laneId, verdict);
      break;
    case 'retry':
      context.circuit.eventFailed(
        event.seq,
        verdict.code,
        verdict.detail,
        context.nowMs,
        verdict.retryAfterMs,
      );
      break;
    case 'gateway-away':
      context.circuit.away(event.seq, verdict.code, verdict.detail, context.nowMs);
      break;
    case 'mark-gateway':
      if (context.circuit.marked(event.seq, verdict.code, verdict.detail, context.nowMs)) {
        alarm(context, 'gateway marked: nothing is sent to it', laneId, verdict);
      }
      break;
    case 'too-large':
      warn(context, 'event quarantined', laneId, verdict, { event_id: event.eventId });
      break;
    case 'unsigned':
      warn(context, 'the signing key could not be used', laneId, verdict, {});
      break;
  }
  const { state } = context.circuit;
  if (state !== before) {
    context.deps.spool.saveGateway(state);
    if (state.circuit !== before.circuit) {
      const message = state.circuit === 'open' ? 'circuit opened' : 'circuit closed';
      context.deps.logger.info(message, { gateway: state.url, code: state.lastCode });
    }
  }
}

/** The gateway decided something, so it is there: what waited for it need not wait longer. */
function answered(context: VerdictContext, event: SpooledEvent): void {
  if (context.circuit.succeeded(event.seq)) context.deps.spool.endBackoffs(context.circuit.state.url);
}

function reopenLane(context: VerdictContext, laneId: number): void {
  const { spool, logger } = context.deps;
  if (spool.lane(laneId)?.state !== 'paused') return;
  spool.resumeLane(laneId);
  logger.info('lane open again', { lane: laneId });
}

/** A burst that is refused together is one throttling, and written once. */
function throttleLane(
  context: VerdictContext,
  laneId: number,
  verdict: { readonly code: string; readonly retryAfterMs: number | null },
): void {
  const { deps, flow, nowMs, limits, random } = context;
  const wasHeld = flow.hold(nowMs) !== null;
  const untilMs = flow.throttled(verdict.code, verdict.retryAfterMs, nowMs, limits, random);
  if (!wasHeld) deps.spool.holdLane(laneId, verdict.code, untilMs);
}

function pauseLane(context: VerdictContext, laneId: number, verdict: { code: string; detail: string }): void {
  const { spool, config } = context.deps;
  const lane = spool.lane(laneId);
  spool.pauseLane(laneId, verdict.code, context.nowMs + config.laneProbeMs);
  if (lane?.state !== 'paused' || lane.pausedCode !== verdict.code) {
    alarm(context, 'lane paused: its events stay spooled', laneId, verdict);
  }
}

/** Once per change of state, not once per event: said aloud, and kept in the security log. */
function alarm(
  context: VerdictContext,
  message: string,
  laneId: number,
  verdict: { code: string; detail: string },
): void {
  warn(context, message, laneId, verdict, {});
  const { spool, client } = context.deps;
  const tenantId = spool.lane(laneId)?.tenantId;
  spool.security({
    class: 'delivery',
    code: verdict.code,
    detail: `${message} (${verdict.detail})`,
    ref: client.gatewayUrl,
    ...(tenantId === undefined ? {} : { tenantId }),
  });
}

function warn(
  context: VerdictContext,
  message: string,
  laneId: number,
  verdict: { code: string; detail: string },
  more: Readonly<Record<string, unknown>>,
): void {
  const { client, logger } = context.deps;
  const { code, detail } = verdict;
  logger.warn(message, {
    class: 'security',
    gateway: client.gatewayUrl,
    lane: laneId,
    code,
    detail,
    ...more,
  });
}
