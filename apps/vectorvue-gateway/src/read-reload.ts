import type { GatewayConfig } from './config/gateway-config.ts';
import { loadConfig } from './config.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';

/**
 * Reads the configuration anew, for SIGUSR2, with every check of the start (SIGHUP: tls/follow-reloads.ts). null:
 * something is wrong with it; the log says what, by name, and what is loaded stays as a whole: half a change would be one that nobody meant.
 */
export async function readReload(
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
  metrics: Pick<Metrics, 'reloaded'>,
): Promise<GatewayConfig | null> {
  const read = await loadConfig(environment);
  if (read.ok) return read.value;
  logger.error('reload.refused', {
    faults: read.faults.map(({ variable, problem }) => `${variable} ${problem}`),
  });
  metrics.reloaded('refused');
  return null;
}
