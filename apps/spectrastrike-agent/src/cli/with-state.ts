import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { escapeText } from '@nyxera/federation-cli';
import {
  type ConfigResult,
  type FeedbackConfig,
  type LaneConfig,
  loadFeedbackConfig,
  loadLaneConfig,
  loadStateConfig,
  type StateConfig,
} from '../config.ts';
import { activeKeys } from '../keys/active-keys.ts';
import { openState, STATE_FILE, type State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { EXIT_CONFIG } from './exit-codes.ts';

/** What a command that only looks at the state needs. */
export function stateConfig(context: CliContext): Promise<StateConfig> {
  return orFault(context, loadStateConfig(context.environment));
}

/** What spooling needs: whose events they are; no key, no certificate. */
export function laneConfig(context: CliContext): Promise<LaneConfig> {
  return orFault(context, loadLaneConfig(context.environment));
}

/** What talking to the gateway needs; its keys are those that sign now, whatever they were rotated from. */
export async function gatewayConfig(context: CliContext): Promise<FeedbackConfig> {
  const declared = await orFault(context, loadFeedbackConfig(context.environment, context.askPin));
  if (!existsSync(join(declared.dataDir, STATE_FILE))) return declared;
  return withState(context, declared, async (state) => ({
    ...declared,
    ...(await activeKeys(state, declared, { askPin: context.askPin })),
  }));
}

/** Opens the state, runs the work and closes it, whatever happened. */
export async function withState<T>(
  context: CliContext,
  config: StateConfig,
  work: (state: State) => Promise<T> | T,
): Promise<T> {
  const state = openState(config.dataDir, { now: context.now });
  try {
    return await work(state);
  } finally {
    state.close();
  }
}

/** The value, its warnings shown; throws CliFault with every fault. */
export async function orFault<T>(context: CliContext, loading: Promise<ConfigResult<T>>): Promise<T> {
  const loaded = await loading;
  if (!loaded.ok) {
    const count = loaded.faults.length;
    throw new CliFault(
      EXIT_CONFIG,
      `the configuration has ${count} fault${count === 1 ? '' : 's'}:`,
      loaded.faults,
    );
  }
  for (const warning of loaded.warnings) context.stderr.write(`warning: ${escapeText(warning)}\n`);
  return loaded.value;
}
