import { listOwnKeys, revokeOwnKey } from '../keys/own-keys.ts';
import { CliFault } from './cli-fault.ts';
import type { CommandSpec } from './command.ts';
import { facts, text } from './command-result.ts';
import { EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { stateConfig, withState } from './with-state.ts';

/**
 * `key revoke`: one of our keys has leaked. The next exchange tells the gateway, which takes nothing more of it from then
 * on. Until it is revoked here every set would announce it as usable, and a gateway that has revoked it refuses the set.
 */
export const keyRevoke: CommandSpec = {
  name: 'revoke',
  arguments: '<kid>',
  summary: 'End one of our keys for ever; the next exchange of keys tells the gateway',
  examples: ['key revoke SCtPUeRUWK1bmzQkvn-27EDEBj-bWzGCb1t60jB31_U'],
  run: async (context, args) => {
    const kid = args[0] ?? '';
    const config = await stateConfig(context);
    return withState(context, config, (state) => {
      const outcome = state.transaction(() => {
        const found = listOwnKeys(state.db).find((one) => one.kid === kid);
        // A key that signs is replaced first: there is no moment without one.
        if (found !== undefined && found.state !== 'active') revokeOwnKey(state.db, kid);
        return found?.state ?? 'unknown';
      });
      if (outcome === 'unknown')
        throw new CliFault(EXIT_UNFINISHED, 'key_unknown: no such key; see key list');
      if (outcome === 'active') {
        throw new CliFault(
          EXIT_UNFINISHED,
          'key_state: this key signs; replace it first: key rotate --force',
        );
      }
      return {
        blocks: [facts(['kid', kid], ['state', 'revoked']), text('Next: spectrastrike-agent key exchange')],
        json: [{ kid, state: 'revoked' }],
        exitCode: EXIT_OK,
      };
    });
  },
};
