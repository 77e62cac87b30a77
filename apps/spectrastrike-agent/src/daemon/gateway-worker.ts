import { openSigner } from '@nyxera/federation-key-custody';
import type { CliContext } from '../cli/cli-context.ts';
import { type GatewayConnection, withGateway } from '../cli/connect-gateway.ts';
import type { FeedbackConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import { createDelivery, type Delivery, type DeliveryLogger } from '../deliver.ts';
import { activeKeys } from '../keys/active-keys.ts';
import { followActiveKey } from '../keys/follow-active-key.ts';
import type { Spool } from '../spool/spool.ts';
import type { State } from '../state/open-state.ts';
import { LARGEST_REQUEST_INPUT } from '../trust/signing-limits.ts';
import { describeError } from './describe-error.ts';
import type { Link } from './links.ts';

/** After a fault of ours (the key cannot be opened, the state is full): milliseconds, doubled up to the longest. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface WorkerParts {
  readonly link: Link;
  readonly state: State;
  readonly spool: Spool;
  readonly logger: DeliveryLogger;
  /** Its environment is that of the process; the worker chooses its route in it. */
  readonly context: CliContext;
  /** What else is done over the connection while it is open; ends with the signal of its context. */
  readonly beside: (
    context: CliContext,
    lanes: readonly FeedbackConfig[],
    connection: GatewayConnection,
  ) => Promise<void>;
}

export interface GatewayWorker {
  readonly link: Link;
  /** Events were enqueued. */
  nudge(): void;
  /** By hand: circuit and backoffs end. */
  wake(): void;
  /** Finishes what is in flight. */
  close(): Promise<void>;
}

/**
 * Everything that goes to one gateway: its own client, signer and circuit. Workers share nothing but the state file and
 * the event loop, so that one whose gateway hangs keeps none of the others waiting. What goes wrong here is logged and
 * tried again; it never ends the process.
 */
export function startGatewayWorker(parts: WorkerParts): GatewayWorker {
  const stop = new AbortController();
  const current: { delivery: Delivery | null } = { delivery: null };
  const ended = work(parts, stop.signal, current);
  return {
    link: parts.link,
    nudge: () => current.delivery?.nudge(),
    wake: () => current.delivery?.wake(),
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function work(
  parts: WorkerParts,
  signal: AbortSignal,
  current: { delivery: Delivery | null },
): Promise<void> {
  const { link, state, context } = parts;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const begunMs = performance.now();
    try {
      const declared = link.lead;
      const config = { ...declared, ...(await activeKeys(state, declared, { askPin: context.askPin })) };
      const own = { ...context, environment: link.environment(context.environment), signal };
      await withGateway(own, config, (connection) => deliver(parts, own, config, connection, current));
    } catch (error) {
      report(parts, error);
      // One that worked for a while begins anew; one that fails again and again is not tried every second.
      if (performance.now() - begunMs > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      await systemClock.wait(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    } finally {
      current.delivery = null;
    }
  }
}

/** In the log, and as the gateway's last error, so that `status` shows it from another process. */
function report({ link, logger, spool, context }: WorkerParts, error: unknown): void {
  const { code, detail } = describeError(error);
  logger.warn('gateway.fault', { gateway: link.url, code, detail });
  try {
    const lastAtMs = context.now();
    spool.saveGateway({ ...spool.gateway(link.url), lastCode: code, lastDetail: detail, lastAtMs });
  } catch (unrecorded) {
    logger.warn('gateway.unrecorded', describeError(unrecorded));
  }
}

async function deliver(
  parts: WorkerParts,
  context: CliContext,
  config: FeedbackConfig,
  connection: GatewayConnection,
  current: { delivery: Delivery | null },
): Promise<void> {
  const { link, state, spool, logger } = parts;
  const { signal } = context;
  await using followed = followActiveKey({
    state,
    first: connection.signer,
    open: (uri) => openSigner(uri, { askPin: context.askPin, largestInputBytes: LARGEST_REQUEST_INPUT }),
    onNews: (news) => {
      if (news.kind === 'taken') logger.info('key.taken', { gateway: link.url, kid: news.kid });
      else logger.warn('key.refused', { class: 'security', kid: news.kid, code: news.code });
    },
    elapsed: () => performance.now(),
  });
  const delivery = createDelivery({
    spool,
    client: connection.client,
    signer: connection.signer,
    signerNow: () => followed.current(),
    config,
    logger,
    isLocked: true,
    clock: { ...systemClock, now: context.now },
  });
  current.delivery = delivery;
  // Where the drain ends by a fault, what goes on beside it ends too, before the connection is closed under it.
  const ending = new AbortController();
  const besides = { ...context, signal: AbortSignal.any([signal, ending.signal]) };
  const { signingKeyUri, evidenceKeyUri } = config;
  const lanes = link.lanes.map((lane) => ({ ...lane, signingKeyUri, evidenceKeyUri }));
  const beside = parts.beside(besides, lanes, connection);
  try {
    await delivery.drain({ until: 'aborted', signal });
  } finally {
    ending.abort();
    await beside;
  }
}
