import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import fc from 'fast-check';
import { parseRoutes } from '../../src/config/routes-file.ts';
import { loadDaemonConfig, loadFeedbackConfig } from '../../src/config.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';
import {
  type AgentFixture,
  canonicalEvent,
  createAgentFixture,
  OPERATOR,
  TENANT,
} from '../cli/agent-fixture.ts';
import { BATCH, TELEMETRY } from '../cli/gateway-stand-in.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { anyText } from '../support/any-text.ts';
import { newEvents } from '../support/events.ts';
import { type ScriptedGateway, startScriptedGateway } from '../support/scripted-gateway.ts';
import { type DaemonProcess, startDaemon, until } from './daemon-process.ts';

const TENANT_B = '20000000-0000-4000-8000-00000000000B';
const TENANT_C = '30000000-0000-4000-8000-00000000000c';

let fixture: AgentFixture;
let silent: ScriptedGateway;
let keyB: string;
let daemon: DaemonProcess | null = null;

beforeAll(async () => {
  fixture = await createAgentFixture();
  silent = await startScriptedGateway(fixture.pki, { script: () => 'hang' });
  keyB = join(fixture.path, 'keys', 'b.key');
  await generateKeyFile(keyB);
});
afterAll(async () => {
  await silent.close();
  await fixture.close();
});
beforeEach(() => {
  fixture.environment.SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS = '0';
  fixture.environment.SPECTRASTRIKE_LOG_LEVEL = 'info';
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = null;
});

/** The environment without what is about one gateway, and a routes file with what the test says. */
function routed(name: string, text: string): Record<string, string> {
  const path = join(fixture.path, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  const own = Object.entries(fixture.environment).filter(([variable]) =>
    variable.startsWith('SPECTRASTRIKE_'),
  );
  return { ...Object.fromEntries(own), SPECTRASTRIKE_ROUTES_FILE: path };
}

function twoRoutes(): string {
  const { VECTORVUE_FEDERATION_URL, VECTORVUE_FEDERATION_SERVER_CERT_SHA256, ...shared } = Object.fromEntries(
    Object.entries(fixture.environment).filter(([variable]) => variable.startsWith('VECTORVUE_')),
  );
  const defaults = Object.entries(shared)
    .filter(([variable]) => !/TENANT_ID|OPERATOR_ID|SIGNING_KEY|SERVICE_IDENTITY/.test(variable))
    .map(([variable, value]) => `  ${variable}: ${value}`);
  return [
    'defaults:',
    ...defaults,
    'routes:',
    '  - name: silent',
    `    tenants: { ${TENANT_B}: op-b }`,
    `    VECTORVUE_FEDERATION_URL: ${silent.url}`,
    '    VECTORVUE_FEDERATION_SERVICE_IDENTITY: agent-b',
    `    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: ${keyB}`,
    '  - name: honest',
    `    tenants: { ${TENANT}: ${OPERATOR}, ${TENANT_C}: op-c }`,
    `    VECTORVUE_FEDERATION_URL: ${VECTORVUE_FEDERATION_URL}`,
    '    VECTORVUE_FEDERATION_SERVICE_IDENTITY: agent-1',
    `    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: ${fixture.environment.VECTORVUE_FEDERATION_SIGNING_KEY_PATH}`,
    `    VECTORVUE_FEDERATION_SERVER_CERT_SHA256: "${VECTORVUE_FEDERATION_SERVER_CERT_SHA256}"`,
    '',
  ].join('\n');
}

test('a gateway that takes everything and answers nothing delays neither the other one nor the end', async () => {
  const environment = routed('two.yaml', twoRoutes());
  environment.SPECTRASTRIKE_REQUEST_TIMEOUT_SECONDS = '3';
  const state = openState(environment.SPECTRASTRIKE_DATA_DIR ?? '');
  const spool = createSpool(state, { now: Date.now });
  // The silent one's come first, in the spool and in the routes.
  spool.enqueue({ gateway: silent.url, operatorId: 'op-b', tenantId: TENANT_B }, null, newEvents(30, 'b'));
  const honest = { gateway: fixture.gateway.url, operatorId: OPERATOR, tenantId: TENANT };
  spool.enqueue(honest, null, newEvents(50, 'a'));
  spool.enqueue({ ...honest, operatorId: 'op-c', tenantId: TENANT_C }, null, newEvents(50, 'c'));
  daemon = await startDaemon(environment);
  expect(daemon.ready).toMatchObject({
    gateways: [silent.url, fixture.gateway.url],
    tenants: [TENANT_B, TENANT, TENANT_C],
  });
  const of = (tenantId: string) => {
    const lane = spool.lanes().find((one) => one.tenantId === tenantId);
    return spool.counts().find((one) => one.laneId === lane?.laneId);
  };
  await until(() => of(TENANT)?.delivered === 50 && of(TENANT_C)?.delivered === 50);
  expect(of(TENANT_B)).toMatchObject({ delivered: 0, pending: 30 });
  expect(silent.requests.length).toBeGreaterThan(0);
  // Each with its own identity and key, and the tenants of one gateway with their own operators.
  expect(new Set(silent.requests.map((one) => one.headers['x-service-identity']))).toEqual(
    new Set(['agent-b']),
  );
  const sent = fixture.gateway.received.filter((one) => one.path === TELEMETRY);
  expect(new Set(sent.map((one) => one.headers['x-service-identity']))).toEqual(new Set(['agent-1']));
  expect(new Set(sent.map((one) => `${one.body.tenant_id} ${one.body.operator_id}`))).toEqual(
    new Set([`${TENANT} ${OPERATOR}`, `${TENANT_C} op-c`]),
  );

  // Fair: while both have something, neither lane is far ahead of the other (PROTOCOL.md section 13; lanes take turns).
  const ahead = sent.map((_, end) => {
    const taken = sent.slice(0, end + 1);
    return Math.abs(taken.length - 2 * taken.filter((one) => one.body.tenant_id === TENANT).length);
  });
  expect(Math.max(...ahead)).toBeLessThanOrEqual(12);

  // SIGHUP with a fault in the file changes nothing and names it; without, the gateway that is gone ends.
  const path = environment.SPECTRASTRIKE_ROUTES_FILE ?? '';
  const good = twoRoutes();
  writeFileSync(path, good.replace('op-c', `''`).replace('agent-b', `"agent b"`));
  daemon.child.kill('SIGHUP');
  await until(() => daemon?.log().some((line) => line.message === 'config.refused') === true);
  const refused = daemon.log().find((line) => line.message === 'config.refused') as {
    faults: { variable: string }[];
  };
  expect(refused.faults.map((one) => one.variable).sort()).toEqual([
    'VECTORVUE_FEDERATION_OPERATOR_ID',
    'VECTORVUE_FEDERATION_SERVICE_IDENTITY',
  ]);
  const onlyHonest = good.replace(/ {2}- name: silent[\s\S]*(?= {2}- name: honest)/, '');
  writeFileSync(path, onlyHonest);
  daemon.child.kill('SIGHUP');
  await until(() => daemon?.log().some((line) => line.message === 'config.taken') === true);
  const before = silent.requests.length;
  spool.enqueue(honest, null, newEvents(5, 'more'));
  await until(() => of(TENANT)?.delivered === 55);
  expect(silent.requests.length).toBe(before);
  expect(await daemon.end('SIGTERM')).toEqual({ code: 0, signal: null });
  state.close();
}, 60_000);

test('send takes the route of the tenant that is named, and refuses where one has to be', async () => {
  const environment = routed('send.yaml', twoRoutes());
  fixture.gateway.handlers.delete(BATCH);
  const file = fixture.file('one.jsonl', canonicalEvent('by-route'));
  const none = await runInProcess(environment, ['send', file, '--json']);
  expect(none.code).toBe(78);
  expect(none.stderr).toContain('VECTORVUE_FEDERATION_TENANT_ID is not set, and 3 tenants have routes');
  const stranger = '40000000-0000-4000-8000-00000000000d';
  expect((await runInProcess(environment, ['send', file, '--tenant', stranger])).code).toBe(78);
  const sent = await runInProcess(environment, ['send', file, '--tenant', TENANT_C.toUpperCase(), '--json']);
  expect(sent).toMatchObject({ code: 0, last: { spooled: 1, delivered: 1 } });
  // As the file spells it: the tenant is signed verbatim.
  expect(fixture.gateway.received.at(-1)?.body).toMatchObject({ tenant_id: TENANT_C, operator_id: 'op-c' });
});

test('every fault of every route at once; and nothing is taken over from the environment', async () => {
  const faulty = routed(
    'faulty.yaml',
    [
      'defaults: { VECTORVUE_FEDERATION_SERVER_CERT_SHA265: 00 }',
      'routes:',
      `  - { name: one, tenants: { ${TENANT}: op, ${TENANT.toLowerCase()}: op }, VECTORVUE_FEDERATION_URL: "http://x" }`,
      '  - { name: one, SPECTRASTRIKE_DATA_DIR: elsewhere }',
    ].join('\n'),
  );
  const loaded = await loadDaemonConfig({ ...fixture.environment, ...faulty });
  const said = loaded.ok ? [] : loaded.faults.map((one) => `${one.variable} ${one.problem}`);
  const expected = [
    'VECTORVUE_FEDERATION_SERVER_CERT_SHA265 is no setting of a gateway (defaults of the routes)',
    'SPECTRASTRIKE_DATA_DIR is no setting of a gateway (route one of the routes)',
    'SPECTRASTRIKE_ROUTES_FILE has two routes with the name one',
    `SPECTRASTRIKE_ROUTES_FILE has two routes for the tenant ${TENANT.toLowerCase()}`,
    'VECTORVUE_FEDERATION_URL is an http: URL: only https: is used, never plain HTTP (route one)',
    'VECTORVUE_FEDERATION_SIGNING_KEY_PATH is not set (route one)',
    'VECTORVUE_FEDERATION_TENANT_ID is not set (route one)',
  ];
  expect(said).toEqual(expect.arrayContaining(expected));
  for (const [text, problem] of [
    ['routes: []', 'routes: '],
    ['routes: [{ name: a, x: [1] }]', 'routes.0'],
    ['routes: &a\n  - *a', 'alias'],
    ['a: 1\na: 2', 'unique'],
    ['routes: [', ''],
  ] as const) {
    const one = await loadFeedbackConfig(routed('broken.yaml', text));
    expect(one.ok).toBe(false);
    if (one.ok) continue;
    const fault = one.faults.find(({ variable }) => variable === 'SPECTRASTRIKE_ROUTES_FILE');
    expect(fault?.problem).toContain(problem);
  }
  const writable = routed('writable.yaml', twoRoutes());
  chmodSync(writable.SPECTRASTRIKE_ROUTES_FILE ?? '', 0o602);
  expect(await loadDaemonConfig(writable)).toMatchObject({ ok: false });
});

test('whatever stands in the file, it is routes or faults, and never a throw', () => {
  const word = fc.constantFrom(
    ...[
      'routes:',
      'defaults:',
      'tenants:',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '!!js/function',
      'name: x',
      '"',
      '#',
    ],
    ...[
      'VECTORVUE_FEDERATION_URL: https://x',
      '__proto__: {}',
      '? ',
      '%YAML 1.1',
      '---',
      '<<: *a',
      '\u0000',
      '\ud800',
    ],
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
    anyText(),
  );
  fc.assert(
    fc.property(text, (written) => {
      const { routes, faults } = parseRoutes(written);
      expect(routes.length + faults.length).toBeGreaterThan(0);
      for (const { settings } of routes) {
        for (const value of Object.values(settings)) expect(typeof value).toBe('string');
      }
    }),
    { numRuns: 500 },
  );
  const deep = parseRoutes('['.repeat(200_000));
  expect(deep).toMatchObject({ routes: [] });
  expect(deep.faults.length).toBeGreaterThan(0);
});

test('one gateway is one connection: two routes to it with different keys are a fault', async () => {
  const environment = routed('same.yaml', twoRoutes().replaceAll(silent.url, fixture.gateway.url));
  const loaded = await loadDaemonConfig(environment);
  expect(loaded.ok ? [] : loaded.faults.map((one) => one.variable)).toContain('VECTORVUE_FEDERATION_URL');
});
