import { type FeedbackConfig, loadFeedbackConfig, loadStateConfig } from '../../config.ts';
import type { CliContext } from '../cli-context.ts';
import { describeFault } from '../cli-fault.ts';
import { type Check, fail, ok, warn } from './check.ts';

export interface ConfigurationFindings {
  readonly checks: readonly Check[];
  /** null where a fault was found. */
  readonly config: FeedbackConfig | null;
  /** null where not even that can be read. */
  readonly dataDir: string | null;
}

/** Every faulty setting is a check of its own, so that all are mended in one go. */
export async function checkConfiguration({
  environment,
  askPin,
}: Pick<CliContext, 'environment' | 'askPin'>): Promise<ConfigurationFindings> {
  const [full, stateOnly] = await Promise.all([
    loadFeedbackConfig(environment, askPin),
    loadStateConfig(environment),
  ]);
  const dataDir = stateOnly.ok ? stateOnly.value.dataDir : null;
  if (!full.ok) {
    const checks = full.faults.map((fault) =>
      fail(
        fault.variable,
        describeFault(fault),
        'correct the setting; spectrastrike-agent init makes what is missing',
      ),
    );
    return { checks, config: null, dataDir };
  }
  const { value: config, warnings } = full;
  return {
    checks: [
      ok(
        'configuration',
        `gateway ${config.gatewayUrl}, operator ${config.operatorId}, tenant ${config.tenantId}`,
      ),
      ...warnings.map((one) => warn('configuration', one, 'correct the name, or remove it')),
      config.tls.serverPins.length > 0
        ? ok('server pin', `${config.tls.serverPins.length} configured`)
        : warn(
            'server pin',
            'none configured',
            'set VECTORVUE_FEDERATION_SERVER_CERT_SHA256: a CA alone can be fooled',
          ),
      config.requireBinding
        ? ok('feedback binding', 'required')
        : warn(
            'feedback binding',
            'not required',
            'set VECTORVUE_FEEDBACK_REQUIRE_BINDING=1 as soon as the gateway binds its answers',
          ),
    ],
    config,
    dataDir,
  };
}
