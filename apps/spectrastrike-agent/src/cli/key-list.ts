import { listExchanges } from '../keys/exchange-store.ts';
import { listGatewayKeys } from '../keys/gateway-keys.ts';
import { listOwnKeys } from '../keys/own-keys.ts';
import type { CommandSpec } from './command.ts';
import { table, text } from './command-result.ts';
import { EXIT_OK } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `key list`: our keys, and what gateways have told us of theirs. Needs no key and no gateway. */
export const keyList: CommandSpec = {
  name: 'list',
  summary: 'Show our keys and their states, the exchanges, and the gateways’ keys by tenant',
  examples: ['key list', 'key list --json'],
  run: async (context) => {
    const config = await stateConfig(context);
    return withState(context, config, (state) => {
      const own = state.read(() => listOwnKeys(state.db));
      const exchanges = state.read(() => listExchanges(state.db));
      const theirs = exchanges.flatMap((place) =>
        state.read(() => listGatewayKeys(state.db, place)).map((key) => ({ ...key, place })),
      );
      return {
        blocks: [
          table(
            ['own kid', 'purpose', 'state', 'since', 'until', 'private key'],
            own.map((one) => [
              one.kid,
              one.purpose,
              one.state,
              instant(one.activatedAtMs ?? one.createdAtMs),
              instant(one.notAfter === null ? null : one.notAfter * 1000),
              place(one.signerUri),
            ]),
          ),
          table(
            ['gateway', 'tenant', 'last exchange', 'outcome', 'detail'],
            exchanges.map((one) => [
              one.gateway,
              one.tenantId,
              instant(one.exchangedAtMs),
              one.code === null ? one.outcome : `${one.outcome}: ${one.code}`,
              one.detail,
            ]),
          ),
          table(
            ['gateway kid', 'tenant', 'purpose', 'state', 'until'],
            theirs.map((one) => [
              one.kid,
              one.place.tenantId,
              one.purpose,
              one.state,
              instant(one.notAfter === null ? null : one.notAfter * 1000),
            ]),
          ),
          ...(own.length === 0
            ? [
                text(
                  'Keys are listed here once they were exchanged or rotated; until then the environment names them.',
                ),
              ]
            : []),
        ],
        json: [
          {
            own: own.map((one) => ({
              kid: one.kid,
              purpose: one.purpose,
              state: one.state,
              public_key: one.key.toBase64(),
              source: one.source,
              private_key: place(one.signerUri),
              not_after: one.notAfter,
            })),
            exchanges: exchanges.map((one) => ({
              gateway: one.gateway,
              tenant_id: one.tenantId,
              outcome: one.outcome,
              code: one.code,
              exchanged_at: one.exchangedAtMs === null ? null : instant(one.exchangedAtMs),
              version: one.loadedVersion,
            })),
            gateway_keys: theirs.map((one) => ({
              gateway: one.place.gateway,
              tenant_id: one.place.tenantId,
              kid: one.kid,
              purpose: one.purpose,
              state: one.state,
              not_after: one.notAfter,
            })),
          },
        ],
        exitCode: EXIT_OK,
      };
    });
  },
};

/** A file is named; of a custodian only which kind it is, since its URI is its own matter. */
function place(signerUri: string): string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(signerUri)?.[1]?.toLowerCase();
  return scheme === undefined || scheme === 'file' ? signerUri : `${scheme}:`;
}
