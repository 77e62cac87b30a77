import { measureAgent } from '../attestation/measure-run.ts';
import { latestRun, type RecordedRun } from '../attestation/run-store.ts';
import { loadFeedbackConfig, loadLaneConfig } from '../config.ts';
import { runningDaemon } from '../daemon/daemon-record.ts';
import { countGraphs } from '../graph/graph-store.ts';
import { createPolicyEngine } from '../policy/policy-engine.ts';
import { createSpool } from '../spool/spool.ts';
import type { State } from '../state/open-state.ts';
import { readDeliveryStatus } from '../status/delivery-status.ts';
import { deliveryBlocks } from '../status/status-blocks.ts';
import { daemonJson, deliveryJson } from '../status/status-json.ts';
import { listForks } from '../witness/fork-store.ts';
import { type RememberedLog, rememberedLogs } from '../witness/witness-store.ts';
import type { CliContext } from './cli-context.ts';
import type { CommandSpec } from './command.ts';
import { facts, text } from './command-result.ts';
import { EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

/** `status`: what waits, what went wrong, what binds, and what was measured. Needs no key and no gateway. */
export const status: CommandSpec = {
  name: 'status',
  summary: 'Show what is spooled, delivered and in quarantine, the gateways, the policy and the measurement',
  examples: ['status', 'status --json'],
  run: async (context) => {
    const config = await stateConfig(context);
    return withState(context, config, async (state) => {
      const spool = createSpool(state, { now: context.now, bounds: () => config.bounds });
      const nowMs = context.now();
      const delivery = readDeliveryStatus(state, spool, nowMs);
      const daemon = runningDaemon(state);
      const graphs = state.read(() => countGraphs(state.db));
      const living = state.read(() => createPolicyEngine(state.db).livingByTarget({}, context.now())).flat();
      const refused = Number(
        state.read(() => state.db.prepare('SELECT count(*) AS n FROM security_log').get())?.n ?? 0,
      );
      const forks = state.read(() => listForks(state.db)).filter((one) => one.clearedAtMs === null);
      const witnessed = state.read(() => rememberedLogs(state.db));
      const run = state.read(() => latestRun(state.db));
      const unchanged = run === null ? null : await stillMeasures(context, state, run);
      const blocked =
        delivery.lanes.some((one) => one.state === 'paused') ||
        delivery.gateways.some((one) => one.markedCode) ||
        forks.length > 0;
      return {
        blocks: [
          ...forks.map((one) =>
            text(
              `ALERT: audit_fork_detected: ${one.origin} at ${one.gateway} (${one.code}: ${one.detail}).\nNo feedback of this gateway is applied. Evidence: spectrastrike-agent witness status`,
            ),
          ),
          ...deliveryBlocks(delivery, config.bounds, daemon, nowMs),
          facts(
            ['graphs', `${graphs.built} built, ${graphs.pushed} pushed`],
            ['adjustments', `${living.length} living`],
            ['audit log', describeLogs(witnessed)],
            ['security log', `${refused} entries`],
            ['last run', run === null ? 'none yet' : `${run.runId} at ${instant(run.startedAtMs)}`],
            ['attestation', run === null ? '-' : run.attestationMeasurementHash],
            ['measured', describeRun(run, unchanged)],
          ),
        ],
        json: [
          {
            data_dir: config.dataDir,
            daemon: daemonJson(daemon, nowMs),
            ...deliveryJson(delivery, config.bounds),
            graphs,
            adjustments_living: living.length,
            audit_forks: forks.map((one) => ({
              log: one.origin,
              gateway: one.gateway,
              code: one.code,
              detail: one.detail,
              detected_at_ms: one.detectedAtMs,
            })),
            witnessed_logs: witnessed.map((one) => ({
              log: one.origin,
              size: one.size,
              seen_at_ms: one.seenAtMs,
            })),
            security_entries: refused,
            attestation: run === null ? null : { ...runJson(run), unchanged },
          },
        ],
        exitCode: delivery.pending + delivery.quarantined > 0 || blocked ? EXIT_UNFINISHED : EXIT_OK,
      };
    });
  },
};

function describeLogs(logs: readonly RememberedLog[]): string {
  if (logs.length === 0) return 'none witnessed';
  return logs.map((one) => `${one.origin}: ${one.size} entries at ${instant(one.seenAtMs)}`).join('; ');
}

/** Whether the installation still measures as at the last run; null where the settings cannot be read now. */
async function stillMeasures(context: CliContext, state: State, run: RecordedRun): Promise<boolean | null> {
  const full = await loadFeedbackConfig(context.environment);
  const config = full.ok ? full : await loadLaneConfig(context.environment);
  if (!config.ok || run.attestationSynthetic) return null;
  try {
    const now = await measureAgent(state, config.value, null, context.now());
    return now.manifestHash === run.manifestHash;
  } catch {
    return null;
  }
}

function describeRun(run: RecordedRun | null, unchanged: boolean | null): string {
  if (run === null) return 'nothing yet: send does it';
  if (run.attestationSynthetic) return 'no: derived, because the files could not be read';
  if (unchanged === null) return 'yes';
  return unchanged ? 'yes, and unchanged since' : 'yes, but files, runtime or settings have changed since';
}

function runJson(run: RecordedRun) {
  return {
    run_id: run.runId,
    started_at_ms: run.startedAtMs,
    attestation_measurement_hash: run.attestationMeasurementHash,
    attestation_synthetic: run.attestationSynthetic,
    manifest_hash: run.manifestHash,
    tool_sha256: run.toolSha256,
    policy_decision_hash: run.policyDecisionHash,
  };
}
