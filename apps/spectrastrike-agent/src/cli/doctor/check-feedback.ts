import type { FeedbackConfig } from '../../config.ts';
import { listGatewayKeys } from '../../keys/gateway-keys.ts';
import type { State } from '../../state/open-state.ts';
import { feedbackKeyring } from '../../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../../trust/trusted-keys.ts';
import { listForks } from '../../witness/fork-store.ts';
import { rememberedLog } from '../../witness/witness-store.ts';
import { instant } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** A witness that was not fed for so long knows little of the days since; seconds. */
const WITNESS_AGE_WARNING_SECONDS = 86_400;

/** Whether feedback would be believed: the gateways' audit logs, and the keys that would verify an answer now. */
export function checkFeedback(
  state: State,
  lanes: readonly FeedbackConfig[] | null,
  nowMs: number,
): readonly Check[] {
  const fork = state.read(() => listForks(state.db)).find((one) => one.clearedAtMs === null);
  const logs = fork === undefined ? distinct(lanes ?? [], (lane) => lane.log?.origin ?? '') : [];
  return [
    ...(fork === undefined
      ? []
      : [
          fail(
            'audit log',
            `${fork.origin} contradicts itself (${fork.code}); no feedback of ${fork.gateway} is applied`,
            'witness status has the evidence; settle it with their operator, then witness reset',
          ),
        ]),
    ...logs.map((lane) => auditLog(state, lane, nowMs)),
    ...(lanes ?? []).map((lane) => feedbackKeys(state, lane, nowMs, (lanes ?? []).length > 1)),
  ];
}

function auditLog(state: State, { log }: FeedbackConfig, nowMs: number): Check {
  const name = 'audit log';
  if (log === null) {
    return warn(
      name,
      'no log is trusted, so none is witnessed',
      'take a newer peer file, or set VECTORVUE_AUDIT_LOG_KEY',
    );
  }
  const known = state.read(() => rememberedLog(state.db, log.origin));
  if (known === null) return warn(name, `${log.origin} was never seen`, 'feedback pull or witness pull');
  const found = `${log.origin}: ${known.size} entries at ${instant(known.seenAtMs)}`;
  return nowMs - known.seenAtMs > 1000 * WITNESS_AGE_WARNING_SECONDS
    ? warn(
        name,
        found,
        'run feedback pull or witness pull more often: what is not witnessed can be rewritten',
      )
    : ok(name, found);
}

/** The environment's and those that peer add took, as one keyring. */
function feedbackKeys(state: State, lane: FeedbackConfig, nowMs: number, isOneOfMany: boolean): Check {
  const name = isOneOfMany ? `feedback keys (tenant ${lane.tenantId})` : 'feedback keys';
  const trusted = state.read(() => listTrustedKeys(state.db));
  const place = { gateway: lane.gatewayUrl, tenantId: lane.tenantId.toLowerCase() };
  const learned = state.read(() => listGatewayKeys(state.db, place));
  const find = feedbackKeyring(lane.tenantId, lane.feedbackKeys, trusted, nowMs / 1000, learned);
  const kids = new Set([...lane.feedbackKeys, ...trusted, ...learned].map((one) => one.kid));
  const usable = [...kids].filter((kid) => find(kid) !== null).sort();
  return usable.length > 0
    ? ok(name, usable.join(' '))
    : warn(name, 'none that may verify now', 'peer add takes them from the gateway’s file');
}

function distinct<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}
