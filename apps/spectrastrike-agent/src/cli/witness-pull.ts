import { witnessGateway } from '../witness/witness-gateway.ts';
import { feedbackObstacle, type WitnessOutcome } from '../witness/witness-outcome.ts';
import type { CommandSpec } from './command.ts';
import { type CommandResult, facts, type JsonLike, text } from './command-result.ts';
import { logUntrusted, withGateway } from './connect-gateway.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { forTenant, TENANT_OPTION } from './tenant-option.ts';
import { gatewayConfig, withState } from './with-state.ts';
import { withWitness } from './with-witness.ts';

/** `witness pull`: what `feedback pull` does first, by itself; for a timer of its own. */
export const witnessPull: CommandSpec = {
  name: 'pull',
  summary: "Fetch the gateway's checkpoint, prove that it continues the one remembered, and cosign it",
  examples: ['witness pull', 'witness pull --json'],
  options: [TENANT_OPTION],
  run: async (process, _args, options) => {
    const context = forTenant(process, options);
    const config = await gatewayConfig(context);
    return withState(context, config, (state) =>
      withGateway(context, config, (connection) =>
        withWitness(context, config, state, connection, async (parts) => {
          const outcome = await witnessGateway(parts);
          if (outcome.kind === 'refused') {
            logUntrusted(state, config, { ...outcome, retryAfterMs: null }, context.now());
          }
          return resultOf(outcome, feedbackObstacle(outcome, config.auditRequired) !== null);
        }),
      ),
    );
  },
};

function resultOf(outcome: WitnessOutcome, stopsFeedback: boolean): CommandResult {
  return {
    blocks: [...describe(outcome)],
    json: [{ ...witnessJson(outcome), feedback_stopped: stopsFeedback }],
    exitCode: outcome.kind === 'witnessed' && !isUncosigned(outcome) ? EXIT_OK : exitCodeOf(outcome),
  };
}

/** 1 for a fork: a fault was found, and not only something left undone. */
export function exitCodeOf(outcome: WitnessOutcome): number {
  return outcome.kind === 'forked' ? EXIT_FAULT : EXIT_UNFINISHED;
}

function isUncosigned(outcome: Extract<WitnessOutcome, { kind: 'witnessed' }>): boolean {
  return outcome.cosigned.kind === 'failed';
}

function describe(outcome: WitnessOutcome): CommandResult['blocks'] {
  if (outcome.kind !== 'witnessed') {
    const head = outcome.kind === 'forked' ? 'ALERT: the log contradicts itself' : 'Not witnessed';
    return [text(`${head}: ${outcome.code}: ${outcome.detail}`)];
  }
  const { origin, size, root, previousSize, cosigned } = outcome;
  return [
    facts(
      ['log', origin],
      ['entries', String(size)],
      ['root', Buffer.from(root).toString('base64')],
      [
        'continues',
        previousSize === null ? 'seen for the first time: nothing to compare' : `${previousSize} entries`,
      ],
      ['cosigned', describeCosigned(cosigned)],
    ),
  ];
}

function describeCosigned(cosigned: Extract<WitnessOutcome, { kind: 'witnessed' }>['cosigned']): string {
  switch (cosigned.kind) {
    case 'taken':
      return 'yes, and the gateway took it';
    case 'known':
      return 'before';
    case 'none':
      return 'no: VECTORVUE_FEDERATION_WITNESS_KEY_PATH is not set';
    case 'failed':
      return `no: ${cosigned.code}: ${cosigned.detail}`;
  }
}

/** The outcome as every command with `--json` says it. */
export function witnessJson(outcome: WitnessOutcome): { readonly [member: string]: JsonLike } {
  if (outcome.kind !== 'witnessed')
    return { outcome: outcome.kind, code: outcome.code, detail: outcome.detail };
  const { origin, size, root, previousSize, cosigned } = outcome;
  return {
    outcome: 'witnessed',
    code: cosigned.kind === 'failed' ? cosigned.code : null,
    log: origin,
    size,
    root: Buffer.from(root).toString('base64'),
    previous_size: previousSize,
    cosigned: cosigned.kind,
  };
}
