import { deferred } from '../accept/deferred.ts';
import { StartRefused } from '../accept/start-refused.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Logger } from '../logging.ts';
import type { Reloadable } from '../serve.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { type WorkerEnd, WorkerLink } from './worker-link.ts';

/** A fleet of which nobody lives and whose starts fail this often in a row is given up. */
const MAX_FAILED_STARTS = 10;
/** Beyond what a worker allows itself, before it is killed. Milliseconds. */
const GRACE_MS = 5000;
const RELOAD_PATIENCE_MS = 10_000;

interface Slot {
  readonly number: number;
  readonly backoff: RestartBackoff;
  current: WorkerLink | null;
}

export interface FleetParts {
  readonly logger: Logger;
  readonly metrics: Pick<FleetMetrics, 'restarted' | 'farewell'>;
}

/**
 * The workers of one gateway, 1..N, each in a slot that outlives it. One that dies is replaced: at once, later if it
 * keeps dying. Where nobody serves and a start is refused (bad configuration, a port that is taken), trying again
 * would only hide it: the fleet gives up, with the exit code that a single process would have had.
 */
export class Fleet {
  readonly #parts: FleetParts;
  readonly #slots: readonly Slot[];
  readonly #gaveUp = deferred<StartRefused>();
  readonly #links = new Set<WorkerLink>();
  #config: GatewayConfig;
  #started = false;
  #stopping = false;
  #rolling = false;

  /** `config` is that of one worker. */
  constructor(config: GatewayConfig, parts: FleetParts) {
    this.#config = config;
    this.#parts = parts;
    this.#slots = Array.from({ length: config.workers }, (_, index) => ({
      number: index + 1,
      backoff: new RestartBackoff(),
      current: null,
    }));
  }

  /** Every worker that lives, those that are leaving included. */
  get links(): readonly WorkerLink[] {
    return [...this.#links];
  }

  /** How many accept connections. */
  get serving(): number {
    return this.links.filter((link) => link.serves).length;
  }

  get wanted(): number {
    return this.#slots.length;
  }

  /** Resolves, once, if the fleet cannot go on. */
  get gaveUp(): Promise<StartRefused> {
    return this.#gaveUp.promise;
  }

  /** Starts all; resolves with `host:port` when every one accepts. Throws StartRefused where one cannot. */
  async start(): Promise<string> {
    const links = this.#slots.map((slot) => {
      slot.current = this.#launch(slot);
      return slot.current;
    });
    const listen = Promise.all(links.map((link) => link.accepting)).then(([first]) => first ?? '');
    listen.catch(() => undefined);
    const outcome = await Promise.race([listen, this.gaveUp]).catch(() => this.gaveUp);
    if (outcome instanceof StartRefused) throw outcome;
    this.#started = true;
    return outcome;
  }

  /** What a worker that is started from now on gets. */
  reconfigure(config: GatewayConfig): void {
    this.#config = config;
  }

  /**
   * Gives all what SIGHUP changed. How many of those that serve have taken it. One that is just starting gets it when it
   * accepts, which may be when the database is back: that is not waited for. One that dies has a successor with it.
   */
  async reload(next: Reloadable): Promise<{ readonly taken: number; readonly of: number }> {
    const give = (link: WorkerLink) => link.ask({ type: 'reload', next }, RELOAD_PATIENCE_MS);
    for (const link of this.links)
      if (!link.serves) void link.accepting.then(() => give(link)).catch(() => null);
    const answers = await Promise.all(this.links.filter((link) => link.serves).map(give));
    return { taken: answers.filter((answer) => answer === true).length, of: answers.length };
  }

  /**
   * Replaces one worker after the other by a new one: that one accepts before the old one leaves, so that there are
   * never fewer than all. False: another roll is under way, or a new worker did not start; then the old ones stay.
   */
  async roll(): Promise<boolean> {
    if (this.#rolling || this.#stopping) return false;
    this.#rolling = true;
    try {
      for (const slot of this.#slots) {
        if (this.#stopping || !(await this.#renew(slot))) return false;
      }
      return true;
    } finally {
      this.#rolling = false;
    }
  }

  /** Ends all, in order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const patienceMs = this.#config.limits.shutdownTimeoutMs + GRACE_MS;
    await Promise.all(this.links.map((link) => link.dismiss('stop', patienceMs)));
  }

  async #renew(slot: Slot): Promise<boolean> {
    const fresh = this.#launch(slot);
    const accepts = await fresh.accepting.then(
      () => true,
      () => false,
    );
    if (!accepts || this.#stopping) return false;
    const old = slot.current;
    slot.current = fresh;
    const { drainTimeoutMs, shutdownTimeoutMs } = this.#config.limits;
    this.#parts.metrics.restarted('rolled');
    await old?.dismiss('retire', drainTimeoutMs + shutdownTimeoutMs + GRACE_MS);
    return true;
  }

  #launch(slot: Slot): WorkerLink {
    const link = new WorkerLink(slot.number, this.#config);
    this.#links.add(link);
    void link.ended.then((end) => this.#afterEnd(slot, link, end));
    return link;
  }

  async #afterEnd(slot: Slot, link: WorkerLink, end: WorkerEnd): Promise<void> {
    const { logger, metrics } = this.#parts;
    this.#links.delete(link);
    metrics.farewell(link.report);
    if (link.leaving || this.#stopping) return;
    metrics.restarted(end.livedMs > 0 ? 'died' : 'start_failed');
    const { exitCode, signal, refusal } = end;
    logger.error('worker.died', {
      worker: slot.number,
      exit_code: exitCode,
      signal,
      refusal: refusal?.message ?? null,
    });
    // One that was to replace another and did not start: the other one is still there.
    if (slot.current !== link) return;
    if (this.#cannotGoOn(slot, end)) return;
    await sleep(slot.backoff.nextDelayMs(end.livedMs));
    if (this.#stopping || slot.current !== link) return;
    slot.current = this.#launch(slot);
    logger.warn('worker.replaced', { worker: slot.number, pid: slot.current.pid });
  }

  /**
   * At start one worker that fails is enough. Later only where nobody serves, and the one that failed says why, or has
   * failed often.
   */
  #cannotGoOn(slot: Slot, { livedMs, refusal }: WorkerEnd): boolean {
    if (livedMs > 0) return false;
    const hopeless = refusal !== null || slot.backoff.youngDeaths >= MAX_FAILED_STARTS;
    if (this.#started && (this.serving > 0 || !hopeless)) return false;
    this.#gaveUp.resolve(
      new StartRefused(refusal?.message ?? 'the workers do not start, see the log', refusal?.exitCode ?? 1),
    );
    return true;
  }
}

function sleep(milliseconds: number): Promise<void> {
  const { promise, resolve } = deferred();
  // A primary that ends meanwhile must not be kept.
  setTimeout(resolve, milliseconds).unref();
  return promise;
}
