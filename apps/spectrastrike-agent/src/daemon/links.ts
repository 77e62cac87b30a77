import { type Environment, environmentOfTenant, type FeedbackConfig } from '../config.ts';

/** The way to one gateway, and the tenants that go over it. */
export interface Link {
  readonly url: string;
  /** What the connection is made with: certificates, keys and identity are the same for all tenants of a gateway. */
  readonly lead: FeedbackConfig;
  readonly lanes: readonly FeedbackConfig[];
  /** The environment in which loaders find this gateway's settings. */
  environment(environment: Environment): Environment;
}

/** One link a gateway, in the order of the routes. */
export function linksOf(lanes: readonly FeedbackConfig[]): readonly Link[] {
  const byUrl = new Map<string, FeedbackConfig[]>();
  for (const lane of lanes) byUrl.set(lane.gatewayUrl, [...(byUrl.get(lane.gatewayUrl) ?? []), lane]);
  return [...byUrl].flatMap(([url, its]) => {
    const [lead] = its;
    if (lead === undefined) return [];
    const environment = (base: Environment) => environmentOfTenant(base, lead.tenantId);
    return [{ url, lead, lanes: its, environment }];
  });
}

/** Whether a new configuration makes another connection of it. */
export function isSameLink(left: Link, right: Link): boolean {
  return JSON.stringify(left.lanes.map(comparable)) === JSON.stringify(right.lanes.map(comparable));
}

function comparable(lane: FeedbackConfig) {
  // What is the process's is not the connection's: a bound or a redaction rule that changes restarts no gateway.
  const {
    feedbackKeys,
    dataDir: _dataDir,
    logLevel: _log,
    bounds: _bounds,
    redaction: _rules,
    ...rest
  } = lane;
  return { ...rest, feedbackKeys: feedbackKeys.map((one) => `${one.kid}:${one.key.toBase64()}`) };
}
