import { agentBuild } from './agent-version.ts';
import type { CommandSpec } from './command.ts';
import { table, text } from './command-result.ts';
import type { Check } from './doctor/check.ts';
import { checkConfiguration } from './doctor/check-configuration.ts';
import { checkFiles } from './doctor/check-files.ts';
import { checkGateways } from './doctor/check-gateways.ts';
import { checkLocalApi } from './doctor/check-local-api.ts';
import { checkState } from './doctor/check-state.ts';
import { checkWatched } from './doctor/check-watched.ts';
import { EXIT_CONFIG, EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { counted } from './format.ts';

/** `doctor`: looks at everything that delivery rests on, and says what to do about each fault. Changes nothing. */
export const doctor: CommandSpec = {
  name: 'doctor',
  summary:
    'Check configuration, files, state, spool, intake, keys, certificates, clock and gateways, and say what to do',
  examples: ['doctor', 'doctor --json'],
  run: async (context) => {
    const { checks: configured, lanes, state, intake } = await checkConfiguration(context);
    const checks: Check[] = [...configured, ...checkFiles(context.environment, lanes ?? [])];
    if (state !== null) {
      const found = checkState(state, lanes, context.now());
      checks.push(...found.checks);
      if (intake !== null) {
        checks.push(...(await checkLocalApi(intake, state.dataDir, found.daemon !== null)));
        checks.push(...(await checkWatched(intake.watched, lanes, found.daemon !== null)));
      }
      if (lanes !== null) {
        checks.push(...(await checkGateways(context, lanes, found.isUsable ? state.dataDir : null)));
      }
    }
    const failed = checks.filter((one) => one.state === 'fail').length;
    const warned = checks.filter((one) => one.state === 'warn').length;
    return {
      blocks: [
        table(
          ['check', 'state', 'found', 'what to do'],
          checks.map((one) => [one.name, one.state, one.found, one.advice ?? '-']),
        ),
        text(
          failed + warned === 0
            ? 'All is well.'
            : `${counted(failed, 'fault')}, ${counted(warned, 'warning')}.`,
        ),
      ],
      json: [
        {
          ok: failed === 0,
          ...agentBuild(),
          checks: checks.map(({ name, state: of, found, advice }) => ({ name, state: of, found, advice })),
        },
      ],
      exitCode: lanes === null ? EXIT_CONFIG : failed > 0 ? EXIT_FAULT : EXIT_OK,
    };
  },
};
