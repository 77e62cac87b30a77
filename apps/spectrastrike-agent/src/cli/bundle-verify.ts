import {
  bundleHash,
  canonicalizeCompat,
  encodeBase64,
  evidenceBundleInput,
} from '@nyxera/federation-protocol';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionHash, optionText } from './command.ts';
import { facts, text } from './command-result.ts';
import { logUntrusted, readOutcome, withGateway } from './connect-gateway.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { gatewayConfig, withState } from './with-state.ts';

export const BUNDLE_PATH = '/internal/v1/federation/verify';
const NONCE_BYTES = 18;

/** `bundle verify`: asks the gateway whether it accepts our evidence about a delivered execution (section 9). */
export const bundleVerify: CommandSpec = {
  name: 'verify',
  summary: 'Sign an evidence bundle about a delivered execution and have the gateway verify it',
  options: [
    {
      flags: '--key <key>',
      description: 'the evidence key, a path or signer URI (default: VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH)',
    },
    { flags: '--execution <hash>', description: 'the execution (default: the one delivered last)' },
  ],
  examples: ['bundle verify', 'bundle verify --key evidence.key --json'],
  run: async (context, _args, options) => {
    const config = await gatewayConfig(context);
    return withState(context, config, async (state) => {
      const wanted = optionHash(options, 'execution') ?? null;
      const row = state.read(() =>
        state.db
          .prepare(
            `SELECT events.execution_hash, events.campaign_id FROM events JOIN lanes USING (lane_id)
             WHERE lanes.gateway = ? AND lanes.operator_id = ? AND lanes.tenant_id = ?
               AND events.state = 'delivered' AND (?4 IS NULL OR lower(events.execution_hash) = ?4)
             ORDER BY events.seq DESC LIMIT 1`,
          )
          .get(config.gatewayUrl, config.operatorId, config.tenantId, wanted),
      );
      if (row === undefined) throw new CliFault(EXIT_FAULT, 'no delivered event of such an execution');
      const bundle = {
        operator_id: config.operatorId,
        campaign_id: String(row.campaign_id),
        execution_hash: String(row.execution_hash),
        timestamp: Math.floor(context.now() / 1000),
        nonce: Buffer.from(context.random(NONCE_BYTES)).toString('base64url'),
      };
      if (bundle.operator_id.includes('|') || bundle.campaign_id.includes('|')) {
        throw new CliFault(EXIT_FAULT, 'an operator or campaign with "|" in it cannot be in a bundle');
      }
      const input = evidenceBundleInput({
        operatorId: bundle.operator_id,
        campaignId: bundle.campaign_id,
        executionHash: bundle.execution_hash,
        timestamp: bundle.timestamp,
        nonce: bundle.nonce,
      });
      const signingKeyUri = optionText(options, 'key') ?? config.evidenceKeyUri;
      const outcome = await withGateway(context, { ...config, signingKeyUri }, async ({ client, signer }) => {
        const signature = encodeBase64(await signer.sign(input));
        const body = canonicalizeCompat({ bundle: { ...bundle, signature } });
        return client.post(BUNDLE_PATH, new TextEncoder().encode(body), {});
      });
      const answer = readOutcome(outcome, 200);
      if (!answer.ok) logUntrusted(state, config, answer.refusal, context.now());
      const expected = bundleHash(input);
      const agreed = answer.ok && answer.body.accepted === true && answer.body.bundle_hash === expected;
      const code = answer.ok ? (agreed ? null : 'bundle_hash_mismatch') : answer.refusal.code;
      const detail = answer.ok ? null : answer.refusal.detail;
      const requestId =
        answer.ok && typeof answer.body.request_id === 'string' ? answer.body.request_id : null;
      return {
        blocks: [
          facts(
            ['execution', bundle.execution_hash],
            ['campaign', bundle.campaign_id],
            ['bundle hash', expected],
            ['request', requestId ?? '-'],
          ),
          text(
            agreed
              ? 'The gateway accepted the bundle.'
              : `The bundle was not accepted: ${code} ${detail ?? ''}`,
          ),
        ],
        json: [
          {
            accepted: agreed,
            bundle_hash: expected,
            execution_hash: bundle.execution_hash,
            request_id: requestId,
            code,
            detail,
          },
        ],
        exitCode: agreed ? EXIT_OK : EXIT_UNFINISHED,
      };
    });
  },
};
