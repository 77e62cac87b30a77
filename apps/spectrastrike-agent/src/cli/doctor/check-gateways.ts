import type { FeedbackConfig } from '../../config.ts';
import { activeKeys } from '../../keys/active-keys.ts';
import { openState } from '../../state/open-state.ts';
import type { CliContext } from '../cli-context.ts';
import type { Check } from './check.ts';
import { checkGateway } from './check-gateway.ts';
import { checkKeys } from './check-keys.ts';

/** Keys, certificates and reachability of every gateway; with several, each check says whose it is. */
export async function checkGateways(
  context: CliContext,
  lanes: readonly FeedbackConfig[],
  dataDir: string | null,
): Promise<readonly Check[]> {
  const gateways = [...new Map(lanes.map((lane) => [lane.gatewayUrl, lane])).values()];
  // One that is away takes its time to be given up: the others need not wait for that.
  const reached = await Promise.all(gateways.map((lane) => checkGateway(lane, context.now)));
  const checks: Check[] = [];
  for (const [index, lane] of gateways.entries()) {
    const inUse = await withKeysInUse(context, lane, dataDir);
    const keys = await checkKeys(inUse, context.now(), context.askPin);
    const found = [...keys, ...(reached[index] ?? [])];
    const name = gateways.length === 1 ? '' : ` (${new URL(lane.gatewayUrl).host})`;
    checks.push(...found.map((one) => ({ ...one, name: `${one.name}${name}` })));
  }
  return checks;
}

/** The keys that sign now, whatever they were rotated from. A state that cannot be read is a matter of its own checks. */
async function withKeysInUse(
  { askPin, now }: CliContext,
  lane: FeedbackConfig,
  dataDir: string | null,
): Promise<FeedbackConfig> {
  if (dataDir === null) return lane;
  try {
    const state = openState(dataDir, { now });
    try {
      return { ...lane, ...(await activeKeys(state, lane, { askPin })) };
    } finally {
      state.close();
    }
  } catch {
    return lane;
  }
}
