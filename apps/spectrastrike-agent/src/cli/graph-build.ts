import { type BuildOutcome, buildDeliveredGraphs } from '../graph/build-delivered-graphs.ts';
import { type CommandSpec, optionFilter, optionHash } from './command.ts';
import { table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { stateConfig, withState } from './with-state.ts';

/** `graph build`: one graph for each delivered execution and target. */
export const graphBuild: CommandSpec = {
  name: 'build',
  summary: 'Build the execution graphs of what was delivered, one for each execution and target',
  options: [
    { flags: '--execution <hash>', description: 'one execution fingerprint only' },
    { flags: '--target <urn>', description: 'one target only' },
  ],
  examples: ['graph build', 'graph build --target urn:target:ip:10.0.0.5 --json'],
  run: async (context, _args, options) =>
    withState(context, await stateConfig(context), (state) => {
      const filter = {
        executionHash: optionHash(options, 'execution'),
        targetUrn: optionFilter(options, 'target'),
      };
      const outcomes = buildDeliveredGraphs(state, filter, context.now());
      const faulty = outcomes.some((one) => one.fault !== null);
      const blocks = [
        table(
          ['graph', 'execution', 'target', 'nodes', 'events', 'state'],
          outcomes.map((one) => [
            one.graphId ?? '-',
            one.execution.executionFingerprint,
            one.execution.targetUrn,
            String(one.nodeCount),
            one.eventsIncluded === one.eventsTotal
              ? String(one.eventsTotal)
              : `${one.eventsIncluded} of ${one.eventsTotal}`,
            one.fault ?? (one.isNew ? 'new' : 'known'),
          ]),
        ),
      ];
      if (outcomes.length === 0) {
        return {
          blocks: [text('Nothing was delivered that matches, so there is nothing to build.')],
          json: [{ graphs: [] }],
          exitCode: EXIT_FAULT,
        };
      }
      return {
        blocks,
        json: [{ graphs: outcomes.map(outcomeJson) }],
        exitCode: faulty ? EXIT_UNFINISHED : EXIT_OK,
      };
    }),
};

function outcomeJson(one: BuildOutcome) {
  return {
    graph_id: one.graphId,
    execution_fingerprint: one.execution.executionFingerprint,
    attestation_measurement_hash: one.execution.attestationMeasurementHash,
    tenant_id: one.execution.tenantId,
    target_urn: one.execution.targetUrn,
    nodes: one.nodeCount,
    events: one.eventsTotal,
    events_included: one.eventsIncluded,
    new: one.isNew,
    fault: one.fault,
  };
}
