import type { FeedbackConfig } from '../config.ts';
import type { ExchangeLane, ExchangeOutcome } from '../keys/exchange-keys.ts';
import { listLanes } from '../spool/lanes.ts';
import type { State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import type { CommandSpec } from './command.ts';
import { type Block, type JsonLike, table } from './command-result.ts';
import { withGateway } from './connect-gateway.ts';
import { oneATenant, withExchange } from './exchange-when-due.ts';
import { EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, withState } from './with-state.ts';

export interface LaneOutcome {
  readonly lane: ExchangeLane;
  readonly outcome: ExchangeOutcome;
}

/** `key exchange`: now, for every tenant that this agent sends to the configured gateway for. */
export const keyExchange: CommandSpec = {
  name: 'exchange',
  summary: 'Tell the gateway our keys, and learn and confirm its own, for every tenant',
  examples: ['key exchange', 'key exchange --json'],
  options: [TENANT_OPTION],
  run: async (process, _args, options) => {
    const context = forTenant(process, options);
    const config = await gatewayConfig(context);
    return withState(context, config, async (state) => {
      const outcomes = await exchangeAll(context, config, state);
      return {
        blocks: [outcomeTable(outcomes)],
        json: [{ exchanges: outcomes.map(outcomeJson) }],
        exitCode: outcomes.every(({ outcome }) => outcome.kind === 'exchanged') ? EXIT_OK : EXIT_UNFINISHED,
      };
    });
  },
};

/** With the keys of `config`, whether it is due or not. */
export function exchangeAll(
  context: CliContext,
  config: FeedbackConfig,
  state: State,
): Promise<readonly LaneOutcome[]> {
  const lanes = oneATenant([...state.read(() => listLanes(state.db, config.gatewayUrl)), config]);
  return withGateway(context, config, (connection) =>
    withExchange(context, { config, state, connection }, async (exchange) => {
      const outcomes: LaneOutcome[] = [];
      for (const lane of lanes) {
        if (context.signal.aborted) break;
        outcomes.push({ lane, outcome: await exchange(lane) });
      }
      return outcomes;
    }),
  );
}

export function outcomeTable(outcomes: readonly LaneOutcome[]): Block {
  return table(
    ['tenant', 'outcome', 'detail'],
    outcomes.map(({ lane, outcome }) => [
      lane.tenantId,
      outcome.kind === 'exchanged' ? outcome.kind : `${outcome.kind}: ${outcome.code}`,
      outcome.kind === 'exchanged'
        ? `${outcome.confirmed.length} of ours taken, ${outcome.learned.length} learned`
        : outcome.detail,
    ]),
  );
}

export function outcomeJson({ lane, outcome }: LaneOutcome): JsonLike {
  const { tenantId: tenant_id } = lane;
  if (outcome.kind === 'exchanged') {
    return { tenant_id, outcome: 'exchanged', confirmed: outcome.confirmed, learned: outcome.learned };
  }
  return { tenant_id, outcome: outcome.kind, code: outcome.code, detail: outcome.detail };
}
