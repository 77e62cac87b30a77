import { expiresAt } from '../policy/adjustment.ts';
import { adjustmentJson } from '../policy/adjustment-json.ts';
import { createPolicyEngine } from '../policy/policy-engine.ts';
import { CliFault } from './cli-fault.ts';
import type { CommandSpec, Options } from './command.ts';
import { optionFilter, optionText } from './command.ts';
import { facts, table } from './command-result.ts';
import { EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { instant } from './format.ts';
import { stateConfig, withState } from './with-state.ts';

const EXAMPLE_TENANT = '10000000-0000-0000-0000-000000000001';
const TENANT_ID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

/** `policy evaluate`: asks the engine, exit 0 whatever it answers; the answer is in `allow`. */
export const policyEvaluate: CommandSpec = {
  name: 'evaluate',
  summary: 'Decide for one target: your own decision, and what verified feedback takes away from it',
  options: [
    { flags: '--tenant <id>', description: 'the tenant', required: true },
    { flags: '--target <urn>', description: 'the target, as the gateway names it', required: true },
    {
      flags: '--base <decision>',
      description: 'your own decision; deny stays deny',
      choices: ['allow', 'deny'],
      default: 'allow',
    },
  ],
  examples: [`policy evaluate --tenant ${EXAMPLE_TENANT} --target urn:target:ip:10.0.0.5 --base allow`],
  run: async (context, _args, options) => {
    const tenant = tenantOf(options) ?? '';
    const target = optionText(options, 'target') ?? '';
    const base = optionText(options, 'base') !== 'deny';
    return withState(context, await stateConfig(context), (state) => {
      const decision = state.read(() =>
        createPolicyEngine(state.db).evaluate(tenant, target, base, context.now()),
      );
      return {
        blocks: [
          facts(
            ['decision', decision.allow ? 'allow' : 'deny'],
            ...Object.entries(decision.context).map(([name, value]): [string, string] => [
              name,
              value === null ? '-' : String(value),
            ]),
          ),
        ],
        json: [{ allow: decision.allow, context: { ...decision.context } }],
        exitCode: EXIT_OK,
      };
    });
  },
};

/** `policy show`: the living set, with what put each adjustment there. */
export const policyShow: CommandSpec = {
  name: 'show',
  summary: 'List the living adjustments, with the kid, request id and attestation hash that put them there',
  options: [
    { flags: '--tenant <id>', description: 'one tenant only' },
    { flags: '--target <urn>', description: 'one target only' },
  ],
  examples: ['policy show', `policy show --tenant ${EXAMPLE_TENANT} --json`],
  run: async (context, _args, options) => {
    const filter = { tenantId: tenantOf(options) ?? undefined, targetUrn: optionFilter(options, 'target') };
    return withState(context, await stateConfig(context), (state) => {
      const groups = state.read(() => createPolicyEngine(state.db).livingByTarget(filter, context.now()));
      const rows = groups.flatMap((group) => group.map((one, rank) => ({ one, binds: rank === 0 })));
      return {
        blocks: [
          table(
            ['tenant', 'target', 'action', 'confidence', 'expires', 'binds', 'kid', 'request', 'attestation'],
            rows.map(({ one, binds }) => [
              one.tenantId,
              one.targetUrn,
              one.action,
              String(one.confidence),
              instant(expiresAt(one) * 1000),
              binds ? 'yes' : 'no',
              one.kid,
              one.requestId ?? '-',
              one.attestationMeasurementHash,
            ]),
          ),
        ],
        json: [{ adjustments: rows.map(({ one, binds }) => adjustmentJson(one, binds)) }],
        exitCode: EXIT_OK,
      };
    });
  },
};

/** A tenant that is none would match nothing, and nothing is "allow": so a typing error is refused. */
function tenantOf(options: Options): string | null {
  const tenant = optionText(options, 'tenant');
  if (tenant !== null && !TENANT_ID.test(tenant)) {
    throw new CliFault(EXIT_USAGE, '--tenant takes a tenant id: 8-4-4-4-12 hex digits');
  }
  return tenant;
}
