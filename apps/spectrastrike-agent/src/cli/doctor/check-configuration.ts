import {
  type FeedbackConfig,
  type IntakeSettings,
  loadDaemonConfig,
  loadIntakeConfig,
  loadStateConfig,
  type StateConfig,
} from '../../config.ts';
import type { CliContext } from '../cli-context.ts';
import { describeFault } from '../cli-fault.ts';
import { type Check, fail, ok, warn } from './check.ts';

export interface ConfigurationFindings {
  readonly checks: readonly Check[];
  /** The way of each tenant; null where a fault was found. */
  readonly lanes: readonly FeedbackConfig[] | null;
  /** null where not even that can be read. */
  readonly state: StateConfig | null;
  readonly intake: IntakeSettings | null;
}

/** Every faulty setting is a check of its own, so that all are mended in one go; of every route, where there are routes. */
export async function checkConfiguration({
  environment,
  askPin,
}: Pick<CliContext, 'environment' | 'askPin'>): Promise<ConfigurationFindings> {
  const [full, stateOnly, intakeOnly] = await Promise.all([
    loadDaemonConfig(environment, askPin),
    loadStateConfig(environment),
    loadIntakeConfig(environment),
  ]);
  const state = stateOnly.ok ? stateOnly.value : null;
  const intake = intakeOnly.ok ? intakeOnly.value.intake : null;
  if (!full.ok) {
    const checks = full.faults.map((fault) =>
      fail(
        fault.variable,
        describeFault(fault),
        'correct the setting; spectrastrike-agent init makes what is missing',
      ),
    );
    return { checks, lanes: null, state, intake };
  }
  const { lanes } = full.value;
  return {
    checks: [
      ...lanes.map((lane) =>
        ok(
          'configuration',
          `gateway ${lane.gatewayUrl}, operator ${lane.operatorId}, tenant ${lane.tenantId}`,
        ),
      ),
      ...full.warnings.map((one) => warn('configuration', one, 'correct the name, or remove it')),
      ...settingsOfLanes(lanes),
    ],
    lanes,
    state,
    intake,
  };
}

/** What is allowed and better otherwise; said once, of all lanes for which it holds. */
function settingsOfLanes(lanes: readonly FeedbackConfig[]): readonly Check[] {
  const unpinned = lanes.filter((lane) => lane.tls.serverPins.length === 0);
  const unbound = lanes.filter((lane) => !lane.requireBinding);
  const pins = new Set(lanes.flatMap((lane) => lane.tls.serverPins));
  return [
    unpinned.length === 0
      ? ok('server pin', `${pins.size} configured`)
      : warn(
          'server pin',
          `none configured${gatewaysOf(unpinned, lanes)}`,
          'set VECTORVUE_FEDERATION_SERVER_CERT_SHA256: a CA alone can be fooled',
        ),
    unbound.length === 0
      ? ok('feedback binding', 'required')
      : warn(
          'feedback binding',
          `not required${gatewaysOf(unbound, lanes)}`,
          'set VECTORVUE_FEEDBACK_REQUIRE_BINDING=1 as soon as the gateway binds its answers',
        ),
  ];
}

/** Of which gateways, where it is not that of all. */
function gatewaysOf(some: readonly FeedbackConfig[], all: readonly FeedbackConfig[]): string {
  return some.length === all.length
    ? ''
    : ` for ${[...new Set(some.map((lane) => lane.gatewayUrl))].join(' ')}`;
}
