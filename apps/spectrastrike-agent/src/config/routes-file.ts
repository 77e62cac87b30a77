import { readFileSync, statSync } from 'node:fs';
import { errnoCode, parseYamlText } from '@nyxera/federation-cli';
import { z } from 'zod';
import { mayOthersWrite, OTHERS_MAY_WRITE_PROBLEM } from './may-others-write.ts';
import type { ConfigFault, Environment } from './settings.ts';
import { ROUTE_VARIABLES } from './variables.ts';

export const ROUTES_FILE_VARIABLE = 'SPECTRASTRIKE_ROUTES_FILE';
const TENANT_VARIABLE = 'VECTORVUE_FEDERATION_TENANT_ID';
const OPERATOR_VARIABLE = 'VECTORVUE_FEDERATION_OPERATOR_ID';

const MAX_BYTES = 1024 * 1024;

/** The way of one tenant: the settings of its gateway by the environment's names. */
export interface Route {
  /** Of the entry; for people. */
  readonly name: string;
  /** Verbatim, as the file spells it; null: the entry names none. */
  readonly tenantId: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RoutesFile {
  readonly routes: readonly Route[];
  readonly faults: readonly ConfigFault[];
}

/** Every scalar of the file is text: a pin that looks like a number stays what it is. */
const SETTINGS = z.record(z.string(), z.string());
const ENTRY = z
  .object({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'is not 1 to 64 of A-Z a-z 0-9 . _ -'),
    tenants: z.record(z.string(), z.string()).optional(),
  })
  .catchall(z.string());
const FILE = z.strictObject({ defaults: SETTINGS.optional(), routes: z.array(ENTRY).min(1) });

/** The file that the environment names; null: none, and the environment itself is the only route. */
export function routesFileOf(environment: Environment): string | null {
  const path = environment[ROUTES_FILE_VARIABLE]?.trim();
  return path === undefined || path === '' ? null : path;
}

/**
 * Reads routes: tenant -> gateway. A name that is no setting of a gateway is a fault, because a pin under a misspelt name
 * is no pin; so is a tenant that has two ways.
 */
export function readRoutesFile(path: string): RoutesFile {
  let text: string;
  try {
    if (mayOthersWrite(path)) return refused(OTHERS_MAY_WRITE_PROBLEM);
    const { size } = statSync(path);
    if (size > MAX_BYTES) return refused(`has more than ${MAX_BYTES} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refused(`cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  return parseRoutes(text);
}

export function parseRoutes(text: string): RoutesFile {
  const yaml = parseYamlText(text, 'failsafe');
  if (!yaml.ok) {
    if (yaml.errors !== null) {
      return { routes: [], faults: yaml.errors.map((error) => fault(firstLine(error.message))) };
    }
    return refused(
      'holds an alias, or is nested too deeply: write the settings out, or put them under defaults',
    );
  }
  const parsed = FILE.safeParse(yaml.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => fault(`${placeOf(issue.path)}: ${issue.message}`));
    return { routes: [], faults };
  }
  const { defaults = {}, routes: entries } = parsed.data;
  const routes = entries.flatMap((entry) => routesOf(entry, defaults));
  const faults = [
    ...unknownSettings('defaults', defaults),
    ...entries.flatMap(({ name, tenants: _, ...own }) => unknownSettings(`route ${name}`, own)),
    ...twice(entries.map((entry) => entry.name)).map((name) => fault(`has two routes with the name ${name}`)),
    ...twice(routes.flatMap(({ tenantId }) => tenantId?.toLowerCase() ?? [])).map((tenantId) =>
      fault(`has two routes for the tenant ${tenantId}`),
    ),
  ];
  return { routes, faults };
}

/** What is not about a gateway comes from the environment; what is about a gateway comes from the file alone. */
export function environmentOfRoute(base: Environment, route: Route): Environment {
  const process = Object.entries(base).filter(([name]) => !name.startsWith('VECTORVUE_'));
  return { ...Object.fromEntries(process), ...route.settings };
}

/** The route of the tenant that the environment names, or of the only one; else the fault. */
export function chooseRoute(
  environment: Environment,
  routes: readonly Route[],
): { readonly route: Route } | { readonly fault: ConfigFault } {
  const wanted = environment[TENANT_VARIABLE]?.trim().toLowerCase() ?? '';
  const [only] = routes;
  if (wanted === '' && routes.length === 1 && only !== undefined) return { route: only };
  if (wanted === '') {
    const problem = `is not set, and ${routes.length} tenants have routes: name one (--tenant)`;
    return { fault: { variable: TENANT_VARIABLE, problem } };
  }
  const route = routes.find(({ tenantId }) => tenantId?.toLowerCase() === wanted);
  if (route !== undefined) return { route };
  return { fault: { variable: TENANT_VARIABLE, problem: 'is a tenant for which there is no route' } };
}

/** Whether not all of them declare the same telemetry and evidence key. */
export function declareKeysApart(routes: readonly Route[]): boolean {
  const keys = routes.map(({ settings }) => {
    const telemetry = settings.VECTORVUE_FEDERATION_SIGNING_KEY_PATH?.trim() ?? '';
    return JSON.stringify([telemetry, settings.VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH?.trim() || telemetry]);
  });
  return new Set(keys).size > 1;
}

function routesOf(
  entry: z.infer<typeof ENTRY>,
  defaults: Readonly<Record<string, string>>,
): readonly Route[] {
  const { name, tenants, ...own } = entry;
  const settings = { ...defaults, ...own };
  if (tenants === undefined) return [{ name, tenantId: settings[TENANT_VARIABLE]?.trim() ?? null, settings }];
  return Object.entries(tenants).map(([tenantId, operatorId]) => ({
    name,
    tenantId: tenantId.trim(),
    settings: { ...settings, [TENANT_VARIABLE]: tenantId, [OPERATOR_VARIABLE]: operatorId },
  }));
}

function unknownSettings(place: string, settings: Readonly<Record<string, unknown>>): readonly ConfigFault[] {
  return Object.keys(settings)
    .filter((name) => !ROUTE_VARIABLES.has(name))
    .map((name) => ({ variable: name, problem: `is no setting of a gateway (${place} of the routes)` }));
}

function twice(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the whole' : path.map(String).join('.');
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}

function fault(problem: string): ConfigFault {
  return { variable: ROUTES_FILE_VARIABLE, problem };
}

function refused(problem: string): RoutesFile {
  return { routes: [], faults: [fault(problem)] };
}
