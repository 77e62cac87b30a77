import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../store/database.ts';
import { TENANTS } from '../../store/sql/overview.ts';
import type { ConsoleGateway } from '../context.ts';
import { readAgents } from './agents.ts';
import { LATENCY_METRIC, LatencyWindow, sampleLatency } from './latency.ts';
import type { Gathered } from './overview-for.ts';
import { readMetrics } from './read-metrics.ts';
import { Traffic } from './traffic.ts';
import { warnOfLog } from './warn-of-log.ts';
import { EXPIRY_METRIC, warnOfProcess } from './warn-of-process.ts';
import { warnOfTrust } from './warn-of-trust.ts';
import type { Warning } from './warning.ts';

/** What is older is made anew when somebody asks; the pace of live overviews. Milliseconds. */
export const FRESH_MS = 2000;
/** What changes slowly, or is dearer: agents, warnings, metrics. Milliseconds. */
const SLOW_MS = 10_000;
/** How long somebody who looks first waits for the past. Milliseconds. */
const PATIENCE_MS = 60;
/** The rest is counted beside: after each step a rest of so many times what it took, so that it has a fifth of a core at most. */
const REST_FACTOR = 4;
/** Nobody has looked for so long: the past can wait for who looks next. Milliseconds. */
const ABANDONED_MS = 30_000;
/** What the quantiles of latency are about. */
const LATENCY_SPAN_MS = 300_000;

interface Slow {
  readonly tenants: Gathered['tenants'];
  readonly agents: Gathered['agents'];
  readonly warnings: readonly Warning[];
}

/**
 * THE computation behind every open overview of this process. However many look, the store is asked once, and only while
 * somebody does; nobody looking, it costs nothing. It reads as the gateway itself, everything of everybody, because it is
 * one for all; what a session gets of it is decided by `overviewFor`.
 */
export class OverviewDesk {
  readonly #gateway: ConsoleGateway;
  readonly #db: Database;
  readonly #now: () => number;
  readonly #traffic: Traffic;
  readonly #latency = new LatencyWindow(LATENCY_SPAN_MS);
  #gathered: Gathered | null = null;
  #running: Promise<Gathered> | null = null;
  #slow: Slow | null = null;
  #slowAtMs = 0;
  #past: Promise<void> | null = null;
  #lookedAtMs = 0;

  constructor(parts: {
    readonly gateway: ConsoleGateway;
    readonly db: Database;
    readonly now: () => number;
  }) {
    this.#gateway = parts.gateway;
    this.#db = parts.db;
    this.#now = parts.now;
    this.#traffic = new Traffic(parts.db);
  }

  /** At most `FRESH_MS` old; those who ask at the same time share one look. Rejects where the store does not answer. */
  read(): Promise<Gathered> {
    this.#lookedAtMs = this.#now();
    const last = this.#gathered;
    if (last !== null && Math.abs(this.#now() - last.atMs) < FRESH_MS) return Promise.resolve(last);
    this.#running ??= this.#gather().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #gather(): Promise<Gathered> {
    const atMs = this.#now();
    await this.#traffic.advance();
    await this.#countThePast();
    if (this.#slow === null || Math.abs(atMs - this.#slowAtMs) >= SLOW_MS) {
      this.#slow = await this.#gatherSlowly(atMs);
      this.#slowAtMs = atMs;
    }
    const gathered: Gathered = {
      atMs,
      fromMs: this.#traffic.fromMs,
      countedFromMs: this.#traffic.countedFromMs,
      minutes: this.#traffic.rows(),
      ...this.#slow,
      latency: this.#latency.read(),
      skewSeconds: this.#gateway.config.checks.skewSeconds,
    };
    this.#gathered = gathered;
    return gathered;
  }

  /** Begins, waits a little, and goes on beside where there is more. */
  async #countThePast(): Promise<void> {
    this.#past ??= this.#stepBackUntilDone().finally(() => {
      this.#past = null;
    });
    const past = this.#past.catch(() => undefined);
    if (this.#gathered === null) await Promise.race([past, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  async #stepBackUntilDone(): Promise<void> {
    for (;;) {
      const begin = performance.now();
      if (!(await this.#traffic.stepBack())) return;
      if (Math.abs(this.#now() - this.#lookedAtMs) > ABANDONED_MS) return;
      const isWaitedFor = this.#gathered === null;
      if (!isWaitedFor) await sleep((performance.now() - begin) * REST_FACTOR, undefined, { ref: false });
    }
  }

  async #gatherSlowly(nowMs: number): Promise<Slow> {
    const { config } = this.#gateway;
    const samples = readMetrics(await this.#gateway.metricsText(), [LATENCY_METRIC, EXPIRY_METRIC]);
    this.#latency.add(nowMs, sampleLatency(samples));
    const log = { destinations: config.forward.map(({ name }) => name), signs: config.audit !== null };
    return {
      tenants: await this.#db.query<Gathered['tenants'][number]>(TENANTS),
      agents: await readAgents(this.#db),
      warnings: [
        ...warnOfProcess(await this.#gateway.readinessReasons(), samples, nowMs),
        ...(await warnOfTrust(this.#db, nowMs)),
        ...(await warnOfLog(this.#db, log, nowMs)),
      ],
    };
  }
}
