import { runningDaemon } from '../daemon/daemon-record.ts';
import { requestWake } from '../daemon/watch-state.ts';
import { createSpool } from '../spool/spool.ts';
import type { CommandSpec } from './command.ts';
import { text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { stateConfig, withState } from './with-state.ts';

/** `wake`: the "by hand" of PROTOCOL.md section 13, for a daemon that runs. */
export const wake: CommandSpec = {
  name: 'wake',
  summary: 'Let the running daemon try every gateway and everything that waits, now',
  examples: ['wake'],
  run: async (context) =>
    withState(context, await stateConfig(context), (state) => {
      const daemon = runningDaemon(state);
      if (daemon === null) {
        return {
          blocks: [text('No daemon runs on this data directory: send delivers at once, run starts one.')],
          json: [{ woken: false }],
          exitCode: EXIT_FAULT,
        };
      }
      state.transaction(() => requestWake(state.db));
      const waiting = createSpool(state, context)
        .counts()
        .reduce((sum, one) => sum + one.pending, 0);
      return {
        blocks: [text(`The daemon (pid ${daemon.pid}) is told; ${waiting} events wait.`)],
        json: [{ woken: true, pid: daemon.pid, pending: waiting }],
        exitCode: EXIT_OK,
      };
    }),
};
