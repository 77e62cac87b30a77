import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, type Logger } from '../logging.ts';
import type { Integration, Integrator } from './integrate.ts';
import { IntegrationFault } from './integration-fault.ts';

/** Between tries after faults, so that one that lasts does not fill the log. Milliseconds. */
const LONGEST_REST_MS = 10_000;

export interface IntegrationJobOptions {
  readonly logger: Pick<Logger, 'debug' | 'error' | 'warn'>;
  /** Milliseconds from one round that signed to the next. Default 900: under load two are less than a second apart. */
  readonly pauseMs?: number;
  /** Milliseconds until it looks without being woken: what other processes commit. Default 900. */
  readonly pollMs?: number;
}

export interface IntegrationJob {
  start(): void;
  /** Something was committed in this process. Costs nothing and never throws. */
  wake(): void;
  /** Resolves when the round under way, if any, is over. */
  stop(): Promise<void>;
}

/**
 * Keeps the tree and its checkpoint at most a second behind the log (PROTOCOL.md section 19): a first entry after a
 * quiet time is integrated at once, under load a round takes what a second brought. A fault is logged and tried again:
 * a database that is away comes back, and what waiting does not mend stays in the log until somebody looks.
 */
export function createIntegrationJob(integrator: Integrator, options: IntegrationJobOptions): IntegrationJob {
  const pauseMs = options.pauseMs ?? 900;
  const pollMs = options.pollMs ?? 900;
  let stopping = new AbortController();
  let running: Promise<void> | null = null;
  let wakeUp: (() => void) | null = null;

  const rest = async (milliseconds: number, wakeable: boolean): Promise<void> => {
    const woken = new AbortController();
    wakeUp = wakeable ? () => woken.abort() : null;
    const signal = AbortSignal.any([woken.signal, stopping.signal]);
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
    wakeUp = null;
  };

  const run = async (): Promise<void> => {
    const { signal } = stopping;
    let failures = 0;
    while (!signal.aborted) {
      const integration = await integrator
        .integrate()
        .catch((fault: unknown) => report(options.logger, fault));
      failures = integration === null ? failures + 1 : 0;
      if (integration === null) {
        await rest(Math.min(pollMs * 2 ** failures, LONGEST_REST_MS), false);
      } else if (integration.kind === 'checkpoint') {
        const { size, entries, tiles } = integration;
        options.logger.debug('audit.checkpoint', { size, entries, tiles });
        if (!integration.more) await rest(pauseMs, false);
      } else {
        await rest(pollMs, integration.kind === 'idle');
      }
    }
  };

  return {
    start() {
      if (running !== null) return;
      stopping = new AbortController();
      running = run();
    },
    wake: () => wakeUp?.(),
    async stop() {
      stopping.abort();
      await running;
      running = null;
    },
  };
}

function report(logger: IntegrationJobOptions['logger'], fault: unknown): Integration | null {
  // Of our own making, and without a secret: an operator needs the sentence.
  if (fault instanceof IntegrationFault) {
    logger.error('audit.integration_stopped', { code: fault.code, reason: fault.message, class: 'security' });
  } else {
    logger.warn('audit.integration_failed', describeFault(fault));
  }
  return null;
}
