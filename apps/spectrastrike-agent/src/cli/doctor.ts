import type { FeedbackConfig } from '../config.ts';
import { agentBuild } from './agent-version.ts';
import type { CliContext } from './cli-context.ts';
import type { CommandSpec } from './command.ts';
import { table, text } from './command-result.ts';
import type { Check } from './doctor/check.ts';
import { checkConfiguration } from './doctor/check-configuration.ts';
import { checkGateway } from './doctor/check-gateway.ts';
import { checkKeys } from './doctor/check-keys.ts';
import { checkState } from './doctor/check-state.ts';
import { EXIT_CONFIG, EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { counted } from './format.ts';
import { gatewayConfig } from './with-state.ts';

/** `doctor`: looks at everything that delivery rests on, and says what to do about each fault. Changes nothing. */
export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'Check configuration, state, keys, certificates, clock and gateway, and say what to do',
  examples: ['doctor', 'doctor --json'],
  run: async (context) => {
    const configuration = await checkConfiguration(context);
    const { config } = configuration;
    const checks: Check[] = [...configuration.checks];
    if (configuration.dataDir !== null)
      checks.push(...checkState(configuration.dataDir, config, context.now()));
    if (config !== null) {
      checks.push(...(await checkKeys(await withKeysInUse(context, config), context.now(), context.askPin)));
      checks.push(...(await checkGateway(config, context.now)));
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
          checks: checks.map(({ name, state, found, advice }) => ({ name, state, found, advice })),
        },
      ],
      exitCode: config === null ? EXIT_CONFIG : failed > 0 ? EXIT_FAULT : EXIT_OK,
    };
  },
};

/** The keys that sign now, whatever they were rotated from. A state that cannot be read is a matter of its own checks. */
async function withKeysInUse(context: CliContext, config: FeedbackConfig): Promise<FeedbackConfig> {
  try {
    return await gatewayConfig(context);
  } catch {
    return config;
  }
}
