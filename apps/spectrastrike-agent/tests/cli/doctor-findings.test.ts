/** `doctor` in one world that is broken in one way after another: each finding by its check, state and code. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freePort, temporaryDirectory } from '@nyxera/federation-testing';
import type { Check } from '../../src/cli/doctor/check.ts';
import { checkSpool } from '../../src/cli/doctor/check-spool.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { appliedVersion, MIGRATIONS, migrate } from '../../src/state/migrations.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { startDaemon } from '../daemon/daemon-process.ts';
import { newEvents } from '../support/events.ts';
import { type AgentFixture, createAgentFixture, OPERATOR, TENANT } from './agent-fixture.ts';
import { problem, TELEMETRY } from './gateway-stand-in.ts';
import { runInProcess } from './run-in-process.ts';

const HOUR = 3_600_000;
let fixture: AgentFixture;
let stranger: Server;
let n = 0;
/** A data directory that no other test has touched. */
let dataDir: string;

beforeAll(async () => {
  fixture = await createAgentFixture();
  stranger = createServer((_request, response) => response.end('{"status":"fine"}'));
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  n += 1;
  dataDir = join(fixture.path, `data-${n}`);
});
afterAll(async () => {
  stranger.close();
  await fixture.close();
});

type Found = Pick<Check, 'name' | 'state' | 'found' | 'advice'>;
const is = (name: string, state: Check['state'], found: string): Found => ({
  name,
  state,
  found: expect.stringContaining(found) as unknown as string,
  advice: state === 'ok' ? null : (expect.stringMatching(/\w/) as unknown as string),
});

/** The checks of a doctor who sees these settings beside those of the world. */
async function examine(more: Readonly<Record<string, string>> = {}): Promise<readonly Found[]> {
  const environment = { ...fixture.environment, SPECTRASTRIKE_DATA_DIR: dataDir, ...more };
  const ran = await runInProcess(environment, ['doctor', '--json']);
  const { checks } = ran.last as { checks: readonly Found[] };
  const failed = checks.filter(({ state }) => state === 'fail').map(({ name }) => name);
  // What is wrong decides the exit code, and whatever is wrong says what to do.
  expect([ran.code, ran.last?.ok]).toEqual(failed.length === 0 ? [0, true] : [1, false]);
  for (const one of checks) expect([one.name, one.advice === null]).toEqual([one.name, one.state === 'ok']);
  return checks;
}

const lane = () => ({ gateway: fixture.gateway.url, operatorId: OPERATOR, tenantId: TENANT });

function withState<T>(work: (state: State) => T): T {
  const state = openState(dataDir);
  try {
    return work(state);
  } finally {
    state.close();
  }
}

function spoolAt(ageMs: number, count = 2): void {
  withState((state) =>
    createSpool(state, { now: () => Date.now() - ageMs }).enqueue(lane(), null, newEvents(count)),
  );
}

test('the clock against the Date of the gateway, and who answers with a redirect', async () => {
  const answer = (headers: Record<string, string>, status = 404) =>
    fixture.gateway.handlers.set('/doctor', () => ({ status, body: {}, headers }));
  const dateBefore = (seconds: number) => ({ date: new Date(Date.now() - 1000 * seconds).toUTCString() });
  answer(dateBefore(120));
  expect(await examine()).toContainEqual(is('clock', 'fail', 's ahead of the gateway'));
  answer(dateBefore(-15));
  expect(await examine()).toContainEqual(is('clock', 'warn', 's behind the gateway'));
  answer({ location: 'https://elsewhere.test/' }, 308);
  expect(await examine()).toContainEqual(is('client certificate accepted', 'fail', 'a redirect (308)'));
  fixture.gateway.handlers.delete('/doctor');
  expect(await examine()).toContainEqual(is('clock', 'ok', 'in step'));
});

test('the spool: how long the oldest waits, each bound before and when it is reached, what stands in its way', async () => {
  spoolAt(0);
  expect(await examine()).toContainEqual(is('spool', 'ok', '2 pending in 1 lane'));
  rmSync(dataDir, { recursive: true });
  spoolAt(1.7 * HOUR);
  const waiting = await examine({ SPECTRASTRIKE_SPOOL_MAX_AGE_HOURS: '2' });
  expect(waiting).toContainEqual(is('spool', 'warn', 'the oldest waits for 102 min'));
  expect(waiting).toContainEqual(is('spool bounds', 'warn', 'the oldest waits for 102 min'));
  const bytes = withState((state) => Number(state.db.prepare('SELECT bytes FROM spool_size').get()?.bytes));
  const bound = async (name: string, value: number) =>
    (await examine({ [name]: String(value) })).find((one) => one.name === 'spool bounds');
  expect(await bound('SPECTRASTRIKE_SPOOL_MAX_AGE_HOURS', 3)).toMatchObject({ state: 'ok' });
  expect(await bound('SPECTRASTRIKE_SPOOL_MAX_AGE_HOURS', 1)).toEqual(
    is('spool bounds', 'fail', 'spool_full'),
  );
  expect(await bound('SPECTRASTRIKE_SPOOL_MAX_BYTES', bytes + 1)).toEqual(
    is('spool bounds', 'warn', `${bytes} of ${bytes + 1} bytes`),
  );
  expect(await bound('SPECTRASTRIKE_SPOOL_MAX_BYTES', bytes - 1)).toEqual(
    is('spool bounds', 'fail', 'spool_full'),
  );
  const noRoom = { maxBytes: null, maxAgeMs: null, minFreeBytes: Number.MAX_SAFE_INTEGER };
  expect(withState((state) => checkSpool(state, noRoom, Date.now()))).toContainEqual({
    ...is('spool bounds', 'fail', 'bytes are free on the disk'),
    advice: expect.stringContaining('make room'),
  });

  withState((state) => {
    const spool = createSpool(state, { now: Date.now });
    const { laneId } = spool.openLane(lane());
    const query = { kind: 'first', limit: 1, exclude: new Set<number>(), nowMs: Date.now() } as const;
    const [first] = spool.nextEvents(laneId, query);
    const code = 'schema_invalid';
    spool.settle([{ kind: 'quarantined', seq: first?.seq ?? 0, code, detail: 'no', security: false }]);
    spool.pauseLane(laneId, 'operator_unmapped', Date.now() + HOUR);
    const gateway = spool.gateway(fixture.gateway.url);
    spool.saveGateway({ ...gateway, circuit: 'open', lastCode: '503', nextProbeMs: Date.now() + HOUR });
  });
  const blocked = await examine();
  expect(blocked).toContainEqual(is('quarantine', 'warn', '1 event: schema_invalid'));
  expect(blocked).toContainEqual(is('lane 1', 'warn', 'operator_unmapped'));
  expect(blocked).toContainEqual(is('gateway circuit', 'warn', 'is away (503)'));
});

test('the state: of an older release it is left as it is, of a newer one and one that others may write refused', async () => {
  mkdirSync(dataDir, { mode: 0o700 });
  const path = join(dataDir, 'agent.db');
  const older = MIGRATIONS.slice(0, -1);
  const open = () => new DatabaseSync(path);
  let db = open();
  migrate(db, Date.now(), older);
  db.close();
  expect(await examine()).toContainEqual(is('migrations', 'warn', `${older.length} of ${MIGRATIONS.length}`));
  db = open();
  expect(appliedVersion(db)).toBe(older.length);
  migrate(db, Date.now());
  db.close();
  expect(await examine()).toContainEqual(
    is('migrations', 'ok', `${MIGRATIONS.length} of ${MIGRATIONS.length}`),
  );
  chmodSync(dataDir, 0o777);
  expect(await examine()).toContainEqual(is('state', 'fail', 'state_permissions'));
  chmodSync(dataDir, 0o700);
  db = open();
  db.exec(`INSERT INTO schema_migrations VALUES (${MIGRATIONS.length + 1}, 'from-tomorrow', 0)`);
  db.close();
  expect(await examine()).toContainEqual(is('state', 'fail', 'state_newer_schema'));
});

test('the local API: not served, served, full, open to others, gone, and a place that somebody else has', async () => {
  const port = await freePort();
  const listen = `unix,127.0.0.1:${port}`;
  const settings = { SPECTRASTRIKE_INTAKE_LISTEN: listen, SPECTRASTRIKE_SPOOL_MAX_BYTES: '100' };
  const api = async (more: Readonly<Record<string, string>> = settings) =>
    (await examine(more)).filter(({ name }) => name === 'local API' || name === 'intake token');
  withState(() => undefined);
  expect(await api()).toEqual([is('local API', 'ok', 'not served'), is('local API', 'ok', 'not served')]);
  const { port: taken } = stranger.address() as AddressInfo;
  const elsewhere = { SPECTRASTRIKE_INTAKE_LISTEN: `127.0.0.1:${taken}` };
  expect(await api(elsewhere)).toEqual([is('local API', 'fail', 'another process listens')]);
  const long = { SPECTRASTRIKE_INTAKE_LISTEN: `unix:/${'x'.repeat(103)}` };
  expect(await api(long)).toEqual([is('local API', 'fail', '103 bytes')]);

  fixture.gateway.handlers.set(TELEMETRY, () => problem(503, 'service_unavailable'));
  const daemon = await startDaemon({
    ...fixture.environment,
    ...settings,
    SPECTRASTRIKE_DATA_DIR: dataDir,
    SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS: '0',
  });
  const socket = join(dataDir, 'intake.sock');
  try {
    const answers = await examine(settings);
    expect(answers).toContainEqual(is('daemon', 'ok', `pid ${daemon.child.pid}`));
    for (const place of [socket, `127.0.0.1:${port}`]) {
      expect(answers).toContainEqual(is('local API', 'ok', `${place} answers and takes events`));
    }
    expect(answers).toContainEqual(is('intake token', 'ok', 'readable by its owner only'));
    expect(await api(elsewhere)).toContainEqual(is('local API', 'fail', 'is no agent'));

    spoolAt(0);
    expect(await api()).toContainEqual(is('local API', 'warn', `${socket} takes no events: spool_full`));
    chmodSync(socket, 0o666);
    chmodSync(join(dataDir, 'intake-token'), 0o644);
    expect(await api()).toEqual([
      is('local API', 'fail', `others may open ${socket} (mode 0666)`),
      expect.anything(),
      is('intake token', 'fail', '0644'),
    ]);
    chmodSync(socket, 0o600);
    renameSync(socket, `${socket}.away`);
    expect(await api()).toContainEqual(is('local API', 'fail', 'is not there, but the daemon runs'));
    renameSync(`${socket}.away`, socket);
    const closed = { SPECTRASTRIKE_INTAKE_LISTEN: `127.0.0.1:${await freePort()}` };
    expect(await api(closed)).toContainEqual(is('local API', 'fail', 'ECONNREFUSED'));
  } finally {
    await daemon.end('SIGKILL');
    fixture.gateway.handlers.delete(TELEMETRY);
  }
  expect(await api()).toContainEqual(is('local API', 'ok', 'is replaced at the next start'));
  rmSync(socket);
  writeFileSync(socket, '');
  expect(await api()).toContainEqual(is('local API', 'fail', 'no socket is in its place'));
  expect(await api({ SPECTRASTRIKE_INTAKE_LISTEN: 'off' })).toContainEqual(is('local API', 'ok', 'off'));
});

test('watched folders: missing, no folder, failed reports, reports that wait, open to every user, of nobody', async () => {
  const folder = (name: string): string => {
    mkdirSync(join(fixture.path, name), { mode: 0o700 });
    return join(fixture.path, name);
  };
  const good = folder('good');
  const full = folder('full');
  mkdirSync(join(full, 'failed'));
  writeFileSync(join(full, 'waits.xml'), '<x/>');
  writeFileSync(join(full, 'failed', 'bad.xml'), '');
  writeFileSync(join(full, 'failed', 'bad.xml.reason.json'), '{}');
  const odd = folder('odd');
  writeFileSync(join(odd, 'done'), '');
  const open = folder('open');
  chmodSync(open, 0o777);
  const file = fixture.file('a-file', '');
  const absent = join(fixture.path, 'absent');
  const foreign = folder('foreign');
  const watched = [good, full, odd, open, file, absent, `30000000-0000-4000-8000-00000000000c=${foreign}`];
  const found = await examine({ SPECTRASTRIKE_WATCH_DIRS: watched.join(':') });
  expect(found.filter(({ name }) => name === 'watched folder')).toEqual([
    is('watched folder', 'ok', `${good}: 0 reports to take`),
    is('watched folder', 'warn', `${full}: 1 report to take, and no daemon runs`),
    is('watched folder', 'warn', `1 report in ${join(full, 'failed')}`),
    is('watched folder', 'fail', `${join(odd, 'done')} is no directory`),
    is('watched folder', 'ok', `${open}: 0 reports`),
    is('watched folder', 'warn', `every user may drop reports into ${open}`),
    is('watched folder', 'fail', `${file} is no directory`),
    is('watched folder', 'fail', `${absent}: ENOENT`),
    is('watched folder', 'fail', `${foreign} is watched for a tenant that has no route`),
  ]);
  // Looking has made nothing.
  expect(existsSync(join(good, 'done'))).toBe(false);
});

test('a watched folder that its agent may not write to, by a user who is not root', () => {
  const directory = temporaryDirectory('watched');
  try {
    const path = join(directory.path, 'read-only');
    mkdirSync(path);
    for (const place of [directory.path, path]) chmodSync(place, 0o555);
    const source = new URL('../../src/cli/doctor/check-watched.ts', import.meta.url).href;
    const program = `import { checkWatched } from ${JSON.stringify(source)};
      const folder = { path: ${JSON.stringify(path)}, tenantId: null };
      console.log(JSON.stringify(await checkWatched([folder], null, true)));`;
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const options = { encoding: 'utf8', cwd: '/', env: {}, ...nobody } as const;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    expect(JSON.parse(ran.stdout)).toEqual([is('watched folder', 'fail', `${path}: EACCES`)]);
  } finally {
    chmodSync(directory.path, 0o700);
    directory.remove();
  }
});

test('files that decide whom the agent trusts: written by a group or by everybody', async () => {
  expect(await examine()).toContainEqual(is('files', 'ok', 'changed by the owner only'));
  const ca = fixture.environment.VECTORVUE_FEDERATION_MTLS_CA_FILE ?? '';
  const keys = join(fixture.path, 'keys');
  chmodSync(ca, 0o666);
  chmodSync(keys, 0o770);
  expect((await examine()).filter(({ name }) => name === 'files')).toEqual([
    is('files', 'fail', `every user may write ${ca} (mode 0666)`),
    is('files', 'warn', `a group may write ${keys} (mode 0770)`),
  ]);
  chmodSync(ca, 0o600);
  // In a sticky directory nobody exchanges what is not theirs.
  chmodSync(keys, 0o1777);
  expect(await examine()).toContainEqual(is('files', 'ok', 'changed by the owner only'));
  chmodSync(keys, 0o700);
});

test('several gateways: each is looked at, one that is away does not hide the other', async () => {
  const other = '20000000-0000-4000-8000-00000000000b';
  const away = `https://localhost:${await freePort()}`;
  const settings = Object.entries(fixture.environment).filter(([name]) => name.startsWith('VECTORVUE_'));
  const own = new Set(['VECTORVUE_FEDERATION_URL', 'VECTORVUE_FEDERATION_TENANT_ID']);
  const routes = fixture.file(
    'routes.yaml',
    [
      'defaults:',
      ...settings.filter(([name]) => !own.has(name)).map(([name, value]) => `  ${name}: "${value}"`),
      'routes:',
      ...[
        ['here', fixture.gateway.url, TENANT],
        ['away', away, other],
      ].map(
        ([name, url, tenant]) =>
          `  - {name: ${name}, VECTORVUE_FEDERATION_URL: "${url}", VECTORVUE_FEDERATION_TENANT_ID: "${tenant}"}`,
      ),
    ].join('\n'),
  );
  chmodSync(routes, 0o600);
  withState(() => undefined);
  const without = Object.fromEntries(settings.map(([name]) => [name, '']));
  const found = await examine({ ...without, SPECTRASTRIKE_ROUTES_FILE: routes });
  const here = new URL(fixture.gateway.url).host;
  expect(found).toContainEqual(is(`gateway (${here})`, 'ok', 'answers over TLSv1.3'));
  expect(found).toContainEqual(is(`clock (${here})`, 'ok', 'in step'));
  expect(found).toContainEqual(is(`gateway (${new URL(away).host})`, 'fail', 'ECONNREFUSED'));
  expect(found).toContainEqual(is(`feedback keys (tenant ${other})`, 'warn', 'none'));
});
