import type { WitnessOutcome } from '../witness/witness-outcome.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionCount } from './command.ts';
import { type CommandResult, facts, table, text } from './command-result.ts';
import { withGateway } from './connect-gateway.ts';
import { EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { counted } from './format.ts';
import { pullFeedback } from './pull-feedback.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, withState } from './with-state.ts';
import { exitCodeOf, witnessJson } from './witness-pull.ts';

/** `feedback pull`: one round by hand of what `run` does on an interval. */
export const feedbackPull: CommandSpec = {
  name: 'pull',
  summary: 'Fetch signed feedback, verify it, and record what it says for the policy engine',
  options: [
    TENANT_OPTION,
    {
      flags: '--limit <count>',
      description: 'at most so many adjustments, 1 to 1000',
      default: '100',
      type: 'count',
    },
    {
      flags: '--anchor',
      description: 'only items about a pushed graph (default: as soon as a graph of the tenant was pushed)',
    },
    { flags: '--no-anchor', description: 'also take items about executions of which no graph was pushed' },
  ],
  examples: ['feedback pull', 'feedback pull --no-anchor --json'],
  run: async (process, _args, options) => {
    const context = forTenant(process, options);
    const limit = optionCount(options, 'limit', 100);
    if (limit < 1 || limit > 1000) throw new CliFault(EXIT_USAGE, '--limit takes 1 to 1000');
    const config = await gatewayConfig(context);
    return withState(context, config, (state) =>
      withGateway(context, config, async (connection) => {
        const anchor = anchorWanted(options);
        const pulled = await pullFeedback({ context, config, state, connection, limit, anchor });
        const { witnessed } = pulled;
        if (pulled.kind === 'refused') {
          const exitCode = pulled.by === 'log' ? exitCodeOf(witnessed) : EXIT_UNFINISHED;
          return refusedResult(pulled.code, pulled.detail, exitCode, witnessed);
        }
        const { recorded, rejected, kid, requestId } = pulled.feedback;
        return {
          blocks: [
            facts(
              ['audit log', describeWitnessed(witnessed)],
              ['verified', `kid ${kid}, request ${requestId ?? '-'}`],
            ),
            table(
              ['target', 'action', 'confidence', 'ttl', 'attestation'],
              recorded.map((one) => [
                one.targetUrn,
                one.action,
                String(one.confidence),
                `${one.ttlSeconds} s`,
                one.attestationMeasurementHash,
              ]),
            ),
            ...(rejected.length === 0
              ? []
              : [
                  table(
                    ['rejected item', 'code', 'detail'],
                    rejected.map((one) => [String(one.index), one.code, one.detail]),
                  ),
                ]),
            text(`${counted(recorded.length, 'adjustment')} recorded, ${rejected.length} rejected.`),
          ],
          json: [
            {
              accepted: true,
              recorded: recorded.length,
              rejected: rejected.map((one) => ({ index: one.index, code: one.code, detail: one.detail })),
              kid,
              request_id: requestId,
              witness: witnessJson(witnessed),
              adjustments: recorded.map((one) => ({
                target_urn: one.targetUrn,
                action: one.action,
                confidence: one.confidence,
                ttl_seconds: one.ttlSeconds,
                execution_fingerprint: one.executionFingerprint,
                attestation_measurement_hash: one.attestationMeasurementHash,
              })),
            },
          ],
          exitCode: rejected.length === 0 ? EXIT_OK : EXIT_UNFINISHED,
        };
      }),
    );
  },
};

function anchorWanted(options: Options): boolean | undefined {
  return typeof options.anchor === 'boolean' ? options.anchor : undefined;
}

function describeWitnessed(outcome: WitnessOutcome): string {
  return outcome.kind === 'witnessed'
    ? `${outcome.origin} continues, ${outcome.size} entries`
    : `not witnessed: ${outcome.detail}`;
}

function refusedResult(
  code: string,
  detail: string,
  exitCode: number,
  witnessed: WitnessOutcome,
): CommandResult {
  return {
    blocks: [text(`Nothing was recorded: ${code}: ${detail}`)],
    json: [{ accepted: false, recorded: 0, rejected: [], code, detail, witness: witnessJson(witnessed) }],
    exitCode,
  };
}
