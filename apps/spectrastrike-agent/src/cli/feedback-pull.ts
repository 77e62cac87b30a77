import { acceptFeedback } from '../feedback/accept-feedback.ts';
import { queryFeedback } from '../feedback/query-feedback.ts';
import { isAnyGraphPushed } from '../graph/graph-store.ts';
import { listGatewayKeys } from '../keys/gateway-keys.ts';
import { feedbackKeyring } from '../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../trust/trusted-keys.ts';
import { witnessGateway } from '../witness/witness-gateway.ts';
import { feedbackObstacle, type WitnessOutcome } from '../witness/witness-outcome.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionCount } from './command.ts';
import { type CommandResult, facts, table, text } from './command-result.ts';
import { logUntrusted, readExchange, withGateway } from './connect-gateway.ts';
import { exchangeWhenDue } from './exchange-when-due.ts';
import { EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { counted } from './format.ts';
import { gatewayConfig, withState } from './with-state.ts';
import { withWitness } from './with-witness.ts';
import { exitCodeOf, witnessJson } from './witness-pull.ts';

/**
 * `feedback pull`: witness -> query -> verify -> anchor -> record. What does not verify changes nothing, and neither
 * does anything of a gateway whose log does not continue what was seen of it (PROTOCOL.md section 19).
 */
export const feedbackPull: CommandSpec = {
  name: 'pull',
  summary: 'Fetch signed feedback, verify it, and record what it says for the policy engine',
  options: [
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
  run: async (context, _args, options) => {
    const limit = optionCount(options, 'limit', 100);
    if (limit < 1 || limit > 1000) throw new CliFault(EXIT_USAGE, '--limit takes 1 to 1000');
    const config = await gatewayConfig(context);
    return withState(context, config, (state) =>
      withGateway(context, config, async (connection) => {
        const witnessed = await withWitness(context, config, state, connection, witnessGateway);
        const obstacle = feedbackObstacle(witnessed, config.auditRequired);
        if (obstacle !== null) {
          logUntrusted(state, config, { ...obstacle, retryAfterMs: null }, context.now());
          return refusedResult(obstacle.code, obstacle.detail, exitCodeOf(witnessed), witnessed);
        }
        // First: what the gateway has revoked must not verify the answer any more.
        await exchangeWhenDue(context, { config, state, connection }, [config]);
        const query = queryFeedback(connection.sendSigned, { ...config, limit });
        const exchange = readExchange(await query, 200);
        if (!exchange.ok) {
          logUntrusted(state, config, exchange.refusal, context.now());
          return refusedResult(exchange.refusal.code, exchange.refusal.detail, EXIT_UNFINISHED, witnessed);
        }
        const nowMs = context.now();
        const trusted = state.read(() => listTrustedKeys(state.db));
        const place = { gateway: config.gatewayUrl, tenantId: config.tenantId.toLowerCase() };
        const learned = state.read(() => listGatewayKeys(state.db, place));
        const accepted = acceptFeedback(state, exchange.body, {
          tenantId: config.tenantId,
          requestNonce: exchange.nonce,
          keys: feedbackKeyring(config.tenantId, config.feedbackKeys, trusted, nowMs / 1000, learned),
          requireBinding: config.requireBinding,
          anchor: anchorWanted(options) ?? state.read(() => isAnyGraphPushed(state.db, config.tenantId)),
          nowMs,
        });
        if (!accepted.ok) return refusedResult(accepted.code, accepted.detail, EXIT_UNFINISHED, witnessed);
        const { recorded, rejected, kid, requestId } = accepted.value;
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

/**
 * Anchoring is an option (PROTOCOL.md section 8). Where no graph of the tenant ever went up there is none that an
 * item could be about, and refusing a verified `deny` for that would leave the agent less restricted, not safer.
 */
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
