import { loadDaemonConfig } from '../config.ts';
import type { CommandSpec } from './command.ts';
import { EXIT_OK } from './exit-codes.ts';
import { orFault } from './with-state.ts';

/** `run`: the agent as a daemon, until SIGTERM or SIGINT. */
export const run: CommandSpec = {
  name: 'run',
  summary: 'Run as a daemon: take events and reports, deliver to every gateway, until SIGTERM or SIGINT',
  options: [
    {
      flags: '--watch <dir...>',
      description: 'take the reports that are dropped there; TENANT=DIR where several tenants are configured',
    },
  ],
  examples: ['run', 'run --watch /var/spool/scans --watch /srv/nightly'],
  run: async (context, _args, options) => {
    const config = await orFault(context, loadDaemonConfig(context.environment, context.askPin));
    // Every other command would load the server with it, and take half as long again to start.
    const [{ runDaemon }, { daemonServices }] = await Promise.all([
      import('../daemon/run-daemon.ts'),
      import('../daemon/services.ts'),
    ]);
    await runDaemon(context, config, daemonServices(options));
    return { blocks: [], json: [], exitCode: EXIT_OK };
  },
};
