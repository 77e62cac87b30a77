import { loadConfig } from '../../config.ts';
import type { CliIo } from '../io.ts';
import { type Check, faulty, ok, warning } from './doctor-command.ts';

/** What `serve` would say about the environment: every fault and every warning. */
export async function checkConfiguration(io: CliIo): Promise<readonly Check[]> {
  const config = await loadConfig(io.environment, io.now());
  if (config.ok) {
    return [
      ok('configuration', 'complete'),
      ...config.value.warnings.map((text) =>
        warning('configuration', text, 'change it if that is not meant'),
      ),
    ];
  }
  return config.faults.map(({ variable, problem }) =>
    faulty('configuration', `${variable} ${problem}`, `set ${variable}`),
  );
}
