import { appendSecurityEntry } from '../security-log.ts';
import { clearForks } from '../witness/fork-store.ts';
import { forgetLog, rememberedLogs } from '../witness/witness-store.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionFilter, optionText } from './command.ts';
import { text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { counted } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

const MAX_REASON_LENGTH = 1024;

/**
 * `witness reset`: the only way to take feedback again after a fork. It forgets what was seen of the log, so that the
 * next checkpoint is the first one again; the evidence, the old checkpoint and the reason stay.
 */
export const witnessReset: CommandSpec = {
  name: 'reset',
  summary: 'Forget a log and clear its forks, for a reason that is kept with the evidence',
  options: [
    { flags: '--reason <text>', description: 'why; kept for ever', required: true },
    { flags: '--log <name>', description: 'which log, where several were witnessed' },
  ],
  examples: [
    'witness reset --reason "restored from the backup of 3 May, agreed with their operator by telephone"',
  ],
  run: async (context, _args, options) => {
    const reason = (optionText(options, 'reason') ?? '').trim();
    if (reason === '' || reason.length > MAX_REASON_LENGTH) {
      throw new CliFault(EXIT_USAGE, `--reason takes 1 to ${MAX_REASON_LENGTH} characters`);
    }
    const wanted = optionFilter(options, 'log');
    return withState(context, await stateConfig(context), (state) => {
      const logs = state
        .read(() => rememberedLogs(state.db))
        .filter((one) => wanted === undefined || one.origin === wanted);
      const [log] = logs;
      if (log === undefined) throw new CliFault(EXIT_FAULT, 'no such log was witnessed; nothing was changed');
      if (logs.length > 1) {
        const names = logs.map((one) => one.origin).join(', ');
        throw new CliFault(EXIT_USAGE, `several logs were witnessed, say which with --log: ${names}`);
      }
      const cleared = state.transaction(() => {
        const nowMs = context.now();
        forgetLog(state.db, log, reason, nowMs);
        appendSecurityEntry(state.db, {
          atMs: nowMs,
          class: 'audit',
          code: 'witness_reset',
          detail: `${log.origin} at ${log.size} entries was forgotten: ${reason}`,
          tenantId: null,
          ref: log.gateway,
        });
        return clearForks(state.db, log.gateway, log.origin, reason, nowMs);
      });
      return {
        blocks: [
          text(
            `${log.origin}, of which ${log.size} entries were seen, was forgotten; ${counted(cleared, 'fork')} cleared. The next checkpoint is taken as the first.`,
          ),
        ],
        json: [
          {
            reset: true,
            log: log.origin,
            gateway: log.gateway,
            forgotten_size: log.size,
            forks_cleared: cleared,
          },
        ],
        exitCode: EXIT_OK,
      };
    });
  },
};
