import { type BackoffLimits, backoffMs } from '../retry-policy.ts';
import type { GatewayState } from '../spool/types.ts';

/** Events that must fail, one after the other with no success between, before the circuit opens. */
export const FAILING_EVENTS_THAT_OPEN = 3;
const MAX_REMEMBERED = 10_000;

export interface CircuitOptions extends BackoffLimits {
  readonly random: () => number;
  /** The shortest time between two probes of a marked gateway, milliseconds. */
  readonly markedProbeMs: number;
}

/**
 * The circuit of one gateway (PROTOCOL.md section 13). Open, it lets one probe through at a time, after a backoff.
 *
 * An event that is refused with 5xx while others are accepted must not open or hold it (attack: one crafted event
 * that stops a spool). So failures are counted by distinct events since the last success, and an event which has
 * failed across a success, that is, while the gateway took others, is a suspect: its failures count no more.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #state: GatewayState;
  /** The event that is out as a probe. */
  #probe: number | null = null;
  #lastFailed: number | null = null;
  #isAway = false;
  /** Grows with every success, so that "since the last success" is a comparison. */
  #successes = 0;
  #failing = new Set<number>();
  /** seq -> the count of successes when it first failed. */
  readonly #firstFailure = new Map<number, number>();

  constructor(url: string, options: CircuitOptions) {
    this.#options = options;
    this.#state = {
      url,
      circuit: 'closed',
      openedAtMs: null,
      failures: 0,
      nextProbeMs: null,
      lastCode: null,
      lastDetail: null,
      lastAtMs: null,
      markedCode: null,
      markedAtMs: null,
    };
  }

  get state(): GatewayState {
    return this.#state;
  }

  /** Whether it is open because the gateway was not reached, rather than because of what it answered. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** `probe`: one event, and no other until its outcome is known. */
  admits(nowMs: number): 'all' | 'probe' | 'none' {
    if (this.#state.circuit === 'closed') return 'all';
    if (this.#probe !== null || nowMs < (this.#state.nextProbeMs ?? 0)) return 'none';
    return 'probe';
  }

  /**
   * Takes over what another run left. A mark keeps its time, so that a new process does not probe sooner than it may;
   * an ordinary outage is probed at once, because somebody who starts a drain wants to know.
   */
  restore(stored: GatewayState): void {
    if (stored.circuit === 'closed' || this.#state.circuit === 'open') return;
    this.#state = stored.markedCode === null ? { ...stored, nextProbeMs: 0 } : stored;
  }

  /** By hand: whatever the backoff, the next event is a probe. */
  probeNow(): void {
    if (this.#state.circuit === 'open') this.#state = { ...this.#state, nextProbeMs: 0 };
  }

  probeStarted(seq: number): void {
    this.#probe = seq;
  }

  /** Whether another event should be the probe: this one failed last, or while others were accepted. */
  avoidsAsProbe(seq: number): boolean {
    const since = this.#firstFailure.get(seq);
    return seq === this.#lastFailed || (since !== undefined && since !== this.#successes);
  }

  /** The gateway answered as a gateway does, with whatever decision. Returns true if that closed the circuit. */
  succeeded(seq: number): boolean {
    this.#endProbe(seq);
    this.#successes += 1;
    this.#failing.clear();
    this.#firstFailure.delete(seq);
    const closed = this.#state.circuit === 'open';
    if (closed) this.#state = { ...this.#state, ...CLOSED };
    return closed;
  }

  /** 5xx, or a connection that broke after the request had left. */
  eventFailed(seq: number, code: string, detail: string, nowMs: number, retryAfterMs: number | null): void {
    const wasProbe = this.#endProbe(seq);
    this.#lastFailed = seq;
    this.#isAway = false;
    this.#state = { ...this.#state, lastCode: code, lastDetail: detail, lastAtMs: nowMs };
    if (this.#isSuspect(seq)) {
      // Only events with failures of their own are left to probe with: those wait by themselves, and must not
      // keep the next one waiting.
      if (wasProbe) this.#state = { ...this.#state, ...CLOSED };
      return;
    }
    this.#failing.add(seq);
    if (wasProbe || this.#failing.size >= FAILING_EVENTS_THAT_OPEN) {
      this.#open(wasProbe, code, detail, nowMs, retryAfterMs);
    }
  }

  /** Not reached at all: says nothing about any event. */
  away(seq: number, code: string, detail: string, nowMs: number): void {
    this.#isAway = true;
    this.#open(this.#endProbe(seq), code, detail, nowMs, null);
  }

  /** 3xx, TLS, pin. Returns true if it was not marked so before. */
  marked(seq: number, code: string, detail: string, nowMs: number): boolean {
    this.#endProbe(seq);
    const isNew = this.#state.markedCode !== code;
    this.#state = {
      ...this.#state,
      circuit: 'open',
      openedAtMs: this.#state.openedAtMs ?? nowMs,
      failures: this.#state.failures + 1,
      nextProbeMs: nowMs + this.#options.markedProbeMs,
      lastCode: code,
      lastDetail: detail,
      lastAtMs: nowMs,
      markedCode: code,
      markedAtMs: isNew ? nowMs : this.#state.markedAtMs,
    };
    return isNew;
  }

  /** The attempt says nothing about the gateway: it was not made, or our own key was away. */
  abandoned(seq: number): void {
    this.#endProbe(seq);
  }

  #endProbe(seq: number): boolean {
    if (this.#probe !== seq) return false;
    this.#probe = null;
    return true;
  }

  #isSuspect(seq: number): boolean {
    const since = this.#firstFailure.get(seq);
    if (since !== undefined) return since !== this.#successes;
    if (this.#firstFailure.size >= MAX_REMEMBERED) this.#firstFailure.clear();
    this.#firstFailure.set(seq, this.#successes);
    return false;
  }

  /** Attempts that were already out when it opened report the same outage: they do not lengthen the backoff. */
  #open(wasProbe: boolean, code: string, detail: string, nowMs: number, retryAfterMs: number | null): void {
    const earlier = this.#state.nextProbeMs ?? 0;
    if (this.#state.circuit === 'open' && !wasProbe) {
      this.#state = { ...this.#state, nextProbeMs: Math.max(earlier, nowMs + (retryAfterMs ?? 0)) };
      return;
    }
    const wait = Math.max(
      backoffMs(this.#state.failures, this.#options, this.#options.random),
      retryAfterMs ?? 0,
    );
    this.#state = {
      ...this.#state,
      circuit: 'open',
      openedAtMs: this.#state.openedAtMs ?? nowMs,
      failures: this.#state.failures + 1,
      nextProbeMs: Math.max(earlier, nowMs + wait),
      lastCode: code,
      lastDetail: detail,
      lastAtMs: nowMs,
    };
  }
}

const CLOSED = {
  circuit: 'closed',
  openedAtMs: null,
  failures: 0,
  nextProbeMs: null,
  markedCode: null,
  markedAtMs: null,
} as const;
