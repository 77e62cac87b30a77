import type { FeedbackConfig, LaneConfig } from '../config.ts';
import { createPolicyEngine } from '../policy/policy-engine.ts';
import type { State } from '../state/open-state.ts';
import { listTrustedKeys } from '../trust/trusted-keys.ts';
import { measuredSettings } from './agent-settings.ts';
import { installationRoots } from './installation-roots.ts';
import { type Measurement, measure, syntheticMeasurement } from './measure.ts';
import { policyState } from './policy-state.ts';
import { type RecordedRun, recordRun } from './run-store.ts';

export interface RunContext {
  /** Unix milliseconds. */
  now(): number;
  random(bytes: number): Uint8Array;
}

/**
 * Measures the agent as it is now, without recording it. A tool that was named and cannot be read throws: the
 * caller asked for exactly that file.
 */
export function measureAgent(
  state: State,
  config: LaneConfig | FeedbackConfig,
  toolPath: string | null,
  nowMs: number,
): Promise<Measurement> {
  const living = state.read(() =>
    createPolicyEngine(state.db).livingByTarget({ tenantId: config.tenantId }, nowMs),
  );
  return measure({
    roots: installationRoots(),
    runtime: { node: process.version, platform: process.platform, arch: process.arch },
    configuration: { ...measuredSettings(config), trusted_keys: trustedKeys(state, config.tenantId) },
    toolPath,
    policy: policyState(config.tenantId, living),
  });
}

/** What peer add took for this tenant or for all: it decides which feedback is believed, so it is measured too. */
function trustedKeys(state: State, tenantId: string): readonly string[] {
  const scopes = ['*', tenantId.toLowerCase()];
  return state
    .read(() => listTrustedKeys(state.db))
    .filter((one) => scopes.includes(one.tenantId))
    .map((one) => `${one.kid}:${one.key.toBase64()}:${one.state}`)
    .sort();
}

/** Measures and records, once per run, before anything is spooled under it. Synthetic where it cannot be measured. */
export async function recordMeasuredRun(
  state: State,
  config: LaneConfig | FeedbackConfig,
  toolPath: string | null,
  context: RunContext,
): Promise<RecordedRun> {
  const startedAtMs = context.now();
  const runId = `run-${Buffer.from(context.random(12)).toString('hex')}`;
  const measured = await measureAgent(state, config, toolPath, startedAtMs).catch((error: unknown) => {
    if (toolPath !== null) throw error;
    return syntheticMeasurement({
      runId,
      startedAt: new Date(startedAtMs).toISOString(),
      target: config.gatewayUrl,
      actor: config.operatorId,
      reason: error instanceof Error ? error.message : 'unknown error',
    });
  });
  const run: RecordedRun = { ...measured, runId, startedAtMs };
  state.transaction(() => recordRun(state.db, run));
  return run;
}
