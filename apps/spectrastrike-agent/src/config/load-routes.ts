import { environmentOfRoute, type Route } from './routes-file.ts';
import type { ConfigFault, Environment, Settings } from './settings.ts';

/** What routes to the same gateway must have in common: it is one connection. */
export interface Routed {
  readonly gatewayUrl: string;
  readonly operatorId: string;
  readonly tenantId: string;
  readonly serviceIdentity: string;
  readonly signingKeyUri: string;
  readonly evidenceKeyUri: string;
}

export interface LoadedRoute<T> {
  readonly route: Route;
  readonly lane: T;
}

/** Every route by the reader of one; all faults of all of them at once, each with the route's name. */
export async function loadRoutes<T extends Routed>(
  base: Environment,
  routes: readonly Route[],
  settingsOf: (environment: Environment) => Settings,
  read: (settings: Settings) => Promise<T | null>,
): Promise<{ readonly lanes: readonly T[]; readonly faults: readonly ConfigFault[] }> {
  const loaded: LoadedRoute<T>[] = [];
  const faults: ConfigFault[] = [];
  for (const route of routes) {
    const settings = settingsOf(environmentOfRoute(base, route));
    const lane = await read(settings);
    faults.push(
      ...settings.faults.map((one) => ({ ...one, problem: `${one.problem} (route ${route.name})` })),
    );
    if (lane !== null) loaded.push({ route, lane });
  }
  faults.push(...disagreements(loaded));
  return { lanes: loaded.map(({ lane }) => lane), faults: distinct(faults) };
}

/** One gateway is reached in one way. Two identities there are two installations of the agent. */
function disagreements<T extends Routed>(loaded: readonly LoadedRoute<T>[]): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  const firstOf = new Map<string, LoadedRoute<T>>();
  for (const one of loaded) {
    const first = firstOf.get(one.lane.gatewayUrl);
    if (first === undefined) firstOf.set(one.lane.gatewayUrl, one);
    else if (connectionOf(first.lane) !== connectionOf(one.lane)) {
      faults.push({
        variable: 'VECTORVUE_FEDERATION_URL',
        problem: `is the gateway of route ${first.route.name} too, with other settings (route ${one.route.name})`,
      });
    }
  }
  return faults;
}

function connectionOf(lane: Routed): string {
  const { operatorId: _operator, tenantId: _tenant, ...connection } = lane;
  return JSON.stringify(connection);
}

function distinct(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  return [...new Map(faults.map((one) => [`${one.variable} ${one.problem}`, one])).values()];
}
