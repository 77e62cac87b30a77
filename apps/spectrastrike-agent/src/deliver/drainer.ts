import type { SendSigned } from '../prepare-envelope.ts';
import type { BackoffLimits } from '../retry-policy.ts';
import type { Lane, SpooledEvent } from '../spool/types.ts';
import { applyVerdict } from './apply-verdict.ts';
import { attemptEvent, settlementOf } from './attempt.ts';
import { attemptBatch } from './attempt-batch.ts';
import type { BatchSizing } from './batch-sizing.ts';
import { chooseEvents } from './choose-events.ts';
import type { Circuit } from './circuit.ts';
import { type BatchChoice, gatherBatches } from './gather-batches.ts';
import { InFlight } from './in-flight.ts';
import { LaneFlow } from './lane-flow.ts';
import { LaneOrder, type Turn } from './lane-order.ts';
import { Pauses } from './pauses.ts';
import { ProgressCount } from './progress-count.ts';
import { settleBatch } from './settle-batch.ts';
import { SettleQueue } from './settle-queue.ts';
import type { DeliveryClock, DeliveryDependencies, DeliverySummary, DrainOptions } from './types.ts';
import { type Waiting, whatNext } from './what-next.ts';

/** How often the spool is looked at while nothing happens, for what other processes enqueued; milliseconds. */
const POLL_MS = 1000;
const KEY_RETRY_MS = 5000;
/** How long the record of a batch may wait for the next one to be sent, milliseconds; signing takes a few. */
const FOLLOW_MS = 1000;

export interface DrainerParts {
  readonly deps: DeliveryDependencies;
  readonly clock: DeliveryClock;
  readonly random: () => number;
  readonly circuit: Circuit;
  readonly limits: BackoffLimits;
  readonly sendSigned: SendSigned;
  /** null: every event in a request of its own. */
  readonly sizing: BatchSizing | null;
}

/**
 * One drain: choose what may leave, let it leave, record what became of it, wait for the next thing that can happen.
 * Everything about an event is in the spool; what is kept here (flows, circuit, who is in flight) may be lost at any
 * moment and only costs attempts that are made again.
 */
export class Drainer {
  readonly #parts: DrainerParts;
  readonly #options: DrainOptions;
  readonly #settle: SettleQueue;
  readonly #progress: ProgressCount;
  readonly #pauses: Pauses;
  readonly #flows = new Map<number, LaneFlow>();
  readonly #inFlight = new InFlight();
  readonly #probingLanes = new Set<number>();
  readonly #orders = new Map<number, LaneOrder>();
  #lanes: readonly Lane[] = [];
  /** Lane of what was launched last. */
  #wentLast: number | null = null;
  #keyRetryAtMs = 0;
  #fault: { readonly error: unknown } | null = null;

  constructor(parts: DrainerParts, options: DrainOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#settle = new SettleQueue(parts.deps.spool, parts.clock);
    this.#pauses = new Pauses(parts.clock, options.signal);
    this.#progress = new ProgressCount(parts.deps.spool, parts.deps.client.gatewayUrl, options.onProgress);
  }

  wake(): void {
    this.#pauses.end();
  }

  async run(): Promise<DeliverySummary> {
    let waiting: Waiting | null = null;
    let idleSince = this.#parts.clock.now();
    let settledBefore = 0;
    while (!this.#stopped()) {
      this.#pauses.begin();
      this.#launchAll();
      if (this.#inFlight.requests > 0) {
        await this.#pauses.wait(POLL_MS);
        continue;
      }
      const nowMs = this.#parts.clock.now();
      if (this.#progress.settled > settledBefore) {
        settledBefore = this.#progress.settled;
        idleSince = nowMs;
      }
      waiting = this.#whatNext(nowMs);
      const waitMs = this.#idleWait(waiting, nowMs, idleSince);
      if (waitMs === null) break;
      await this.#pauses.wait(waitMs);
    }
    while (this.#inFlight.requests > 0) {
      this.#pauses.begin();
      await this.#pauses.waitForEnd();
    }
    if (this.#fault !== null) throw this.#fault.error;
    return this.#summary(waiting);
  }

  /** Until there is no more room: one choice holds one batch of a lane, and a second may go behind it. */
  #launchAll(): void {
    for (let choices = this.#choose(); choices.length > 0; choices = this.#choose()) {
      for (const choice of choices) this.#launch(choice);
    }
  }

  /** Milliseconds to wait while nothing is in flight; null to end the drain. */
  #idleWait(waiting: Waiting | null, nowMs: number, idleSince: number): number | null {
    if (this.#options.until === 'aborted') {
      return waiting?.retryAtMs == null ? POLL_MS : clamp(waiting.retryAtMs - nowMs, 1, POLL_MS);
    }
    if (waiting?.retryAtMs == null) return null;
    if (waiting.retryAtMs - idleSince > (this.#options.maxWaitMs ?? 0) && waiting.retryAtMs > nowMs)
      return null;
    return Math.max(1, waiting.retryAtMs - nowMs);
  }

  #choose(): readonly BatchChoice[] {
    const { deps, clock, circuit, sizing } = this.#parts;
    const nowMs = clock.now();
    if (nowMs < this.#keyRetryAtMs) return [];
    this.#readLanes();
    const inFlight = this.#inFlight;
    const choices = chooseEvents({
      spool: deps.spool,
      nowMs,
      circuit,
      lanes: this.#lanes.filter(({ laneId }) => !this.#orderOf(laneId).isHeld),
      inFlight,
      probingLanes: this.#probingLanes,
      concurrency: deps.config.concurrency,
      flowOf: (laneId) => this.#flowOf(laneId),
    });
    return sizing === null ? choices : gatherBatches(choices, { spool: deps.spool, sizing, nowMs, inFlight });
  }

  #readLanes(): void {
    const lanes = this.#parts.deps.spool.lanes(this.#parts.deps.client.gatewayUrl);
    // Whose turn it is follows from who went last, not from how often somebody looked: looks come in pairs, and with
    // two lanes the same one would always be first.
    const next = 1 + lanes.findIndex(({ laneId }) => laneId === this.#wentLast);
    this.#lanes = [...lanes.slice(next), ...lanes.slice(0, next)];
  }

  #launch(choice: BatchChoice): void {
    const { event, lane } = choice;
    this.#wentLast = lane.laneId;
    const events = choice.batch ?? [event];
    const returned = this.#inFlight.add(lane.laneId, events);
    if (choice.circuitProbe) this.#parts.circuit.probeStarted(event.seq);
    const order = this.#orderOf(lane.laneId);
    const turn = order.next();
    void this.#attempt(choice, turn)
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => {
        order.end(turn);
        this.#parts.circuit.abandoned(event.seq);
        returned();
        if (choice.laneProbe) this.#probingLanes.delete(lane.laneId);
        this.#pauses.end();
      });
  }

  async #attempt(choice: BatchChoice, turn: Turn): Promise<void> {
    const { deps, clock, circuit, limits, random } = this.#parts;
    const { event, lane } = choice;
    if (choice.laneProbe) {
      // Written before the probe leaves: a restart in between must not probe sooner than the interval says.
      this.#probingLanes.add(lane.laneId);
      deps.spool.pauseLane(lane.laneId, lane.pausedCode ?? '', clock.now() + deps.config.laneProbeMs);
    }
    const inOrder = await turn.before;
    if (!inOrder && event.attempts === 0) {
      turn.open(false);
      return;
    }
    if (!this.#mayStillLeave(choice)) return;
    if (choice.batch !== undefined) return this.#attemptBatch(choice.batch, lane, turn);
    const verdict = await attemptEvent(this.#parts.sendSigned, event, lane, () => {
      turn.open(true);
      turn.handOver();
    });
    const nowMs = clock.now();
    if (verdict.kind === 'unsigned') this.#keyRetryAtMs = nowMs + KEY_RETRY_MS;
    applyVerdict(
      { deps, circuit, limits, random, flow: this.#flowOf(lane.laneId), nowMs },
      event,
      lane.laneId,
      verdict,
    );
    const settlement = settlementOf(event, verdict, { nowMs, limits, random });
    await this.#settle.record(settlement);
    this.#progress.count([settlement]);
  }

  async #attemptBatch(batch: readonly SpooledEvent[], lane: Lane, turn: Turn): Promise<void> {
    const { deps, clock, circuit, limits, random, sendSigned, sizing } = this.#parts;
    if (sizing === null) return;
    const verdict = await attemptBatch(sendSigned, batch, lane, () => turn.handOver());
    const nowMs = clock.now();
    if (verdict.kind === 'whole' && verdict.verdict.kind === 'unsigned') {
      this.#keyRetryAtMs = nowMs + KEY_RETRY_MS;
    }
    const context = { deps, circuit, limits, random, flow: this.#flowOf(lane.laneId), nowMs };
    const settlements = settleBatch(context, sizing, batch, lane.laneId, verdict);
    turn.open(verdict.kind === 'items');
    await this.#followed(turn);
    await Promise.all(settlements.map((settlement) => this.#settle.record(settlement)));
    this.#progress.count(settlements);
  }

  /** The next batch leaves before this one is recorded, so that the gateway has work while this process writes. */
  async #followed(turn: Turn): Promise<void> {
    const { behind } = turn;
    if (behind === null) return;
    const sent = new AbortController();
    void behind.handedOver.then(() => sent.abort());
    await this.#parts.clock.wait(FOLLOW_MS, sent.signal);
  }

  /** While it waited for its turn, an earlier attempt may have found the gateway away or the lane refused. */
  #mayStillLeave(choice: BatchChoice): boolean {
    const { circuit, clock, deps } = this.#parts;
    const nowMs = clock.now();
    if (this.#stopped() || nowMs < this.#keyRetryAtMs) return false;
    if (!choice.circuitProbe && circuit.state.circuit === 'open') return false;
    if (choice.laneProbe) return true;
    if (this.#flowOf(choice.lane.laneId).hold(nowMs) !== null) return false;
    return deps.spool.lane(choice.lane.laneId)?.state === 'open';
  }

  #whatNext(nowMs: number): Waiting | null {
    const { deps, circuit } = this.#parts;
    this.#readLanes();
    const next = whatNext(deps.spool, circuit, this.#lanes, (laneId) => this.#flowOf(laneId), nowMs);
    if (next === null || nowMs >= this.#keyRetryAtMs) return next;
    return { reason: 'key_unavailable', code: null, retryAtMs: this.#keyRetryAtMs };
  }

  #orderOf(laneId: number): LaneOrder {
    const order = this.#orders.get(laneId) ?? new LaneOrder();
    this.#orders.set(laneId, order);
    return order;
  }

  #flowOf(laneId: number): LaneFlow {
    let flow = this.#flows.get(laneId);
    if (flow === undefined) {
      flow = new LaneFlow(this.#parts.deps.config.concurrency);
      this.#flows.set(laneId, flow);
    }
    return flow;
  }

  #stopped(): boolean {
    return this.#fault !== null || this.#options.signal?.aborted === true;
  }

  #summary(waiting: Waiting | null): DeliverySummary {
    const progress = this.#progress.final();
    if (progress.pending === 0) return progress;
    if (this.#options.signal?.aborted === true) {
      return { ...progress, waiting: { reason: 'stopped', code: null, retryAtMs: null } };
    }
    return { ...progress, waiting: waiting ?? { reason: 'backoff', code: null, retryAtMs: null } };
  }
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.max(minimum, Math.min(maximum, value));
}
