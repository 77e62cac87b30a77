import type { FeedbackConfig } from '../config.ts';
import { listExchanges } from '../keys/exchange-store.ts';
import type { ExchangePlace } from '../keys/gateway-keys.ts';
import { listOwnKeys, type OwnKey, type OwnPurpose, ownKeyIn } from '../keys/own-keys.ts';
import { placesToConfirm, prepareNextKey, switchKeys, unconfirmedPlaces } from '../keys/rotate-keys.ts';
import type { State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionText } from './command.ts';
import { type CommandResult, facts, table, text } from './command-result.ts';
import { refuseKeysApart } from './exchange-when-due.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { exchangeAll, type LaneOutcome, outcomeJson, outcomeTable } from './key-exchange.ts';
import { optionPurpose, PURPOSE_OPTION } from './key-generate.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, withState } from './with-state.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
/** An event that was signed just before the switch may be sent, and sent again, for a while. */
const MINIMUM_OVERLAP_SECONDS = 60;

/**
 * `key rotate`: prepare -> publish -> confirmed -> sign -> retire (PROTOCOL.md section 19). Each step is in the state
 * before the next begins, so a kill -9 anywhere leaves a rotation with which the same command goes on. Until every
 * place has confirmed the next key the old one signs, and after that gateways take both until the overlap is over: no
 * request is ever signed by a key that a gateway does not take.
 */
export const keyRotate: CommandSpec = {
  name: 'rotate',
  summary: 'Replace a key: the gateways confirm the next one before it signs; goes on where it stopped',
  options: [
    PURPOSE_OPTION,
    TENANT_OPTION,
    {
      flags: '--overlap <time>',
      description: 'how long gateways still take the old key: 45m, 12h, 7d',
      default: '7d',
    },
    { flags: '--signer <key>', description: 'the next key exists already: a path or signer URI' },
    { flags: '--force', description: 'sign with the next key although a gateway has not confirmed it' },
  ],
  examples: ['key rotate', 'key rotate --purpose evidence --overlap 14d', 'key rotate --force --json'],
  run: async (process, _args, options) => {
    const context = forTenant(process, options);
    const overlapSeconds = parseOverlap(optionText(options, 'overlap') ?? '7d');
    const purpose = optionPurpose(options);
    const config = await gatewayConfig(context);
    refuseKeysApart(config);
    if (purpose === 'evidence' && config.evidenceKeyUri === config.signingKeyUri) {
      throw new CliFault(EXIT_USAGE, 'the telemetry key signs evidence too: rotate that one');
    }
    return withState(context, config, async (state) => {
      const untold = switchedButUntold(state, config.gatewayUrl, purpose);
      if (untold !== null) {
        const told = await exchangeAll(context, config, state);
        return report(context, state, untold, { places: [], switched: true, published: [], told });
      }
      const next = await prepareNextKey(state, {
        purpose,
        signerUri: optionText(options, 'signer'),
        signerOptions: { askPin: context.askPin },
        nowMs: context.now(),
        random: context.random(8),
      });
      if (!next.ok) throw new CliFault(EXIT_FAULT, `the key cannot be used: ${next.code}: ${next.detail}`);
      const published = await exchangeAll(context, config, state);
      const places = placesToConfirm(state, { gateway: config.gatewayUrl, tenantId: config.tenantId });
      const nowMs = context.now();
      const force = options.force === true;
      const switched = switchKeys(state, next.value, { places, force, overlapSeconds, nowMs });
      // Gateways learn at once until when they are to take the old key; if that fails, with the next exchange.
      const told = switched ? await exchangeAll(context, withActive(config, state), state) : [];
      return report(context, state, next.value, { places, switched, published, told });
    });
  },
};

/** The active key, where a run was ended between the switch and telling the gateway: that is what is left to do. */
function switchedButUntold(state: State, gateway: string, purpose: OwnPurpose): OwnKey | null {
  const own = state.read(() => listOwnKeys(state.db));
  const active = ownKeyIn(own, purpose, 'active');
  if (active?.source !== 'generated' || ownKeyIn(own, purpose, 'pending') !== undefined) return null;
  const heard = state
    .read(() => listExchanges(state.db))
    .filter((one) => one.gateway === gateway && one.exchangedAtMs !== null);
  const untold = heard.some((one) => (one.exchangedAtMs ?? 0) < (active.activatedAtMs ?? 0));
  return untold ? active : null;
}

/** The keys that sign since the switch. */
function withActive(config: FeedbackConfig, state: State): FeedbackConfig {
  const own = state.read(() => listOwnKeys(state.db));
  const telemetry = ownKeyIn(own, 'telemetry', 'active')?.signerUri ?? config.signingKeyUri;
  const together = config.evidenceKeyUri === config.signingKeyUri;
  const evidence = ownKeyIn(own, 'evidence', 'active')?.signerUri ?? config.evidenceKeyUri;
  return { ...config, signingKeyUri: telemetry, evidenceKeyUri: together ? telemetry : evidence };
}

function report(
  context: CliContext,
  state: State,
  next: OwnKey,
  run: {
    readonly places: readonly ExchangePlace[];
    readonly switched: boolean;
    readonly published: readonly LaneOutcome[];
    readonly told: readonly LaneOutcome[];
  },
): CommandResult {
  const waiting = unconfirmedPlaces(state, run.places, next.kid);
  const retiring = state
    .read(() => listOwnKeys(state.db))
    .filter((one) => one.purpose === next.purpose && one.state === 'retiring')
    .filter((one) => one.notAfter === null || one.notAfter * 1000 > context.now());
  const step = run.switched ? 'active' : 'published';
  return {
    blocks: [
      outcomeTable(run.told.length > 0 ? run.told : run.published),
      facts(
        ['next key', next.kid],
        ['state', step],
        ['taken too', retiring.map(({ kid }) => kid).join(' ') || '-'],
      ),
      ...(waiting.length === 0
        ? []
        : [
            table(
              ['has not confirmed', 'tenant'],
              waiting.map((one) => [one.gateway, one.tenantId]),
            ),
          ]),
      text(
        run.switched
          ? `${next.kid} signs from now on.`
          : 'The old key goes on signing. Run key rotate again; for a gateway that does not exchange keys: key export, import the file there, then key rotate --force.',
      ),
    ],
    json: [
      {
        kid: next.kid,
        purpose: next.purpose,
        state: step,
        unconfirmed: waiting.map((one) => ({ gateway: one.gateway, tenant_id: one.tenantId })),
        retiring: retiring.map((one) => ({ kid: one.kid, not_after: one.notAfter })),
        exchanges: [...run.published, ...run.told].map(outcomeJson),
      },
    ],
    exitCode: run.switched ? EXIT_OK : EXIT_UNFINISHED,
  };
}

function parseOverlap(text_: string): number {
  const found = /^([1-9][0-9]{0,4})([mhd])$/.exec(text_);
  const seconds = Number(found?.[1] ?? 0) * (UNITS[found?.[2] ?? ''] ?? 0);
  if (seconds < MINIMUM_OVERLAP_SECONDS) {
    throw new CliFault(EXIT_USAGE, '--overlap takes a time such as 45m, 12h or 7d');
  }
  return seconds;
}
