import { escapeText } from '@nyxera/federation-cli';
import { openSigner } from '@nyxera/federation-key-custody';
import type { FeedbackConfig } from '../config.ts';
import {
  type ExchangeLane,
  type ExchangeOutcome,
  type ExchangeParts,
  exchangeKeys,
} from '../keys/exchange-keys.ts';
import { findExchange } from '../keys/exchange-store.ts';
import type { State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import type { GatewayConnection } from './connect-gateway.ts';
import { EXIT_CONFIG } from './exit-codes.ts';

/** A gateway that does not know the endpoint is asked again after this; milliseconds. */
const UNSUPPORTED_RETRY_MS = 86_400_000;

const KEYS_APART =
  'the routes declare more than one telemetry or evidence key, and this agent rotates one: exchange keys by file (key export, key import)';

/** Before anything is made or announced. */
export function refuseKeysApart(config: FeedbackConfig): void {
  if (config.keysApart) throw new CliFault(EXIT_CONFIG, KEYS_APART);
}

export interface ExchangeSurroundings {
  readonly config: FeedbackConfig;
  readonly state: State;
  readonly connection: GatewayConnection;
}

/**
 * Exchanges keys for those tenants for which it is time (PROTOCOL.md section 19). Whatever comes of it, the command
 * goes on: a deployed gateway, or one that is busy, must not stop a delivery.
 */
export async function exchangeWhenDue(
  context: CliContext,
  around: ExchangeSurroundings,
  lanes: readonly ExchangeLane[],
): Promise<void> {
  const due = oneATenant(lanes).filter((lane) => isDue(around, lane, context.now()));
  if (due.length === 0) return;
  await withExchange(context, around, async (exchange) => {
    for (const lane of due) {
      if (context.signal.aborted) return;
      const outcome = await exchange(lane);
      if (outcome.kind !== 'refused') continue;
      const said = `keys of the gateway were not taken: ${outcome.code}: ${outcome.detail}`;
      context.stderr.write(`warning: ${escapeText(said)}\n`);
    }
  });
}

/** Opens what an exchange needs beside the connection, runs the work, and closes it. */
export async function withExchange<T>(
  context: CliContext,
  around: ExchangeSurroundings,
  work: (exchange: (lane: ExchangeLane) => Promise<ExchangeOutcome>) => Promise<T>,
): Promise<T> {
  const { config, state, connection } = around;
  refuseKeysApart(config);
  const parts: ExchangeParts = {
    state,
    sendSigned: connection.sendSigned,
    signer: connection.signer,
    signerUri: config.signingKeyUri,
    evidence: config.evidenceKeyUri === config.signingKeyUri ? null : await evidenceKey(context, config),
    identity: config.serviceIdentity,
    gateway: config.gatewayUrl,
    declared: config.feedbackKeys,
    now: context.now,
  };
  return work((lane) => exchangeKeys(parts, lane));
}

async function evidenceKey(context: CliContext, config: FeedbackConfig): Promise<ExchangeParts['evidence']> {
  const opened = await openSigner(config.evidenceKeyUri, { askPin: context.askPin });
  if (!opened.ok) throw new CliFault(EXIT_CONFIG, `evidence key: ${opened.code}: ${opened.detail}`);
  try {
    return { key: await opened.value.publicKey(), signerUri: config.evidenceKeyUri };
  } finally {
    await opened.value.close();
  }
}

/** Keys are exchanged for a tenant; whichever operator speaks for it. */
export function oneATenant(lanes: readonly ExchangeLane[]): readonly ExchangeLane[] {
  return [...new Map(lanes.map((lane) => [lane.tenantId.toLowerCase(), lane])).values()];
}

function isDue({ config, state }: ExchangeSurroundings, lane: ExchangeLane, nowMs: number): boolean {
  if (config.keyExchangeMs === 0 || config.keysApart) return false;
  const place = { gateway: config.gatewayUrl, tenantId: lane.tenantId.toLowerCase() };
  const last = state.read(() => findExchange(state.db, place));
  if (last === null) return true;
  const pause = last.outcome === 'unsupported' ? UNSUPPORTED_RETRY_MS : config.keyExchangeMs;
  // A clock that was set back must not put it off for as long as it was wrong.
  return Math.abs(nowMs - last.attemptedAtMs) >= pause;
}
