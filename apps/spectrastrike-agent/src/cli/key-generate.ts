import { prepareNextKey } from '../keys/rotate-keys.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionText } from './command.ts';
import { facts, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { stateConfig, withState } from './with-state.ts';

export const PURPOSE_OPTION = {
  flags: '--purpose <purpose>',
  description: 'whose key',
  choices: ['telemetry', 'evidence'],
  default: 'telemetry',
} as const;

export function optionPurpose(options: Options): 'telemetry' | 'evidence' {
  return options.purpose === 'evidence' ? 'evidence' : 'telemetry';
}

/** `key generate`: the next key, which signs nothing yet. */
export const keyGenerate: CommandSpec = {
  name: 'generate',
  summary: 'Make the next key; it is announced with the next exchange and signs nothing until key rotate',
  options: [
    PURPOSE_OPTION,
    {
      flags: '--signer <key>',
      description: 'a key that exists already: a path or signer URI (default: a new file)',
    },
  ],
  examples: ['key generate', 'key generate --purpose evidence --json'],
  run: async (context, _args, options) => {
    const config = await stateConfig(context);
    return withState(context, config, async (state) => {
      const next = await prepareNextKey(state, {
        purpose: optionPurpose(options),
        signerUri: optionText(options, 'signer'),
        signerOptions: { askPin: context.askPin },
        nowMs: context.now(),
        random: context.random(8),
      });
      if (!next.ok) throw new CliFault(EXIT_FAULT, `the key cannot be used: ${next.code}: ${next.detail}`);
      const { kid, purpose, key } = next.value;
      return {
        blocks: [
          facts(['kid', kid], ['purpose', purpose], ['public key', key.toBase64()], ['state', 'pending']),
          text('Next: spectrastrike-agent key rotate'),
        ],
        json: [{ kid, purpose, public_key: key.toBase64(), state: 'pending' }],
        exitCode: EXIT_OK,
      };
    });
  },
};
