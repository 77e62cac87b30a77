import { traceHash } from '../attestation/trace-hash.ts';
import { type CommandSpec, optionCount, optionHash } from './command.ts';
import { table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `attestation show --hash`: one hash through everything that the agent stores (PROTOCOL.md section 11). */
export const attestationShow: CommandSpec = {
  name: 'show',
  summary: 'Follow one attestation hash: run, report, event, intent, graph, adjustment',
  options: [
    { flags: '--hash <hex>', description: 'the attestation measurement hash', required: true },
    { flags: '--limit <count>', description: 'at most so many of each kind', default: '100', type: 'count' },
  ],
  examples: [
    'attestation show --hash 3f1c0d5be0f54b8c2ad1ce8ae1fc3a1f1b6b0c6d2a3f0e9d8c7b6a5948372615 --json',
  ],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const hash = optionHash(options, 'hash') ?? '';
      const traces = state.read(() => traceHash(state.db, hash, optionCount(options, 'limit', 100)));
      return {
        blocks: [
          table(
            ['place', 'what', 'about', 'at'],
            traces.map((one) => [one.place, one.ref, one.about, instant(one.atMs)]),
          ),
          // In a pipe an empty table is nothing at all.
          ...(traces.length === 0 ? [text(`no trace of ${hash}`)] : []),
        ],
        json: [
          {
            attestation_measurement_hash: hash,
            found: traces.map((one) => ({
              place: one.place,
              ref: one.ref,
              about: one.about,
              at_ms: one.atMs,
            })),
          },
        ],
        exitCode: traces.length === 0 ? EXIT_FAULT : EXIT_OK,
      };
    }),
};
