import { listSecurityEntries } from '../security-log.ts';
import { type CommandSpec, optionCount, optionFilter } from './command.ts';
import { table } from './command-result.ts';
import { EXIT_OK } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `security list`: what the agent refused, newest first. */
export const securityList: CommandSpec = {
  name: 'list',
  summary: 'List what was refused: feedback, transport and trust, newest first',
  options: [
    { flags: '--code <code>', description: 'one code only, such as unknown_kid' },
    { flags: '--limit <count>', description: 'at most so many', default: '100', type: 'count' },
  ],
  examples: ['security list', 'security list --code anchor_mismatch --json'],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const filter = { code: optionFilter(options, 'code'), limit: optionCount(options, 'limit', 100) };
      const entries = state.read(() => listSecurityEntries(state.db, filter));
      return {
        blocks: [
          table(
            ['at', 'class', 'code', 'tenant', 'about', 'detail'],
            entries.map((one) => [
              instant(one.atMs),
              one.class,
              one.code,
              one.tenantId ?? '-',
              one.ref ?? '-',
              one.detail,
            ]),
          ),
        ],
        json: [
          {
            entries: entries.map((one) => ({
              id: one.id,
              at_ms: one.atMs,
              class: one.class,
              code: one.code,
              detail: one.detail,
              tenant_id: one.tenantId,
              ref: one.ref,
            })),
          },
        ],
        exitCode: EXIT_OK,
      };
    }),
};
