/**
 * infra/compose without an engine: the file is held against the specification's schema, and what its services run is
 * run, with the environment and the secrets that each of them gets: preparation, roles, migration, gateway, agent.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { DCLinter } from 'dclint';
import { REPORTS } from '../../demo/federate.ts';
import { PROGRAMS, type RunningGateway, runProgram, startGateway } from '../../demo/processes.ts';
import { type Placed, placeService } from './compose-file.ts';
import { testWith, until } from './tools.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(180_000);

const FOLDER = new URL('../../../infra/compose/', import.meta.url).pathname;
/** Who is root here runs `prepare.sh` as somebody else, because it refuses root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const followed = testWith('psql', 'openssl');

const directory = temporaryDirectory('compose');
const folder = join(directory.path, 'compose');
let postgres: PostgresServer | undefined;
let gateway: RunningGateway | undefined;
let agent: ChildProcess | undefined;

beforeAll(() => {
  chmodSync(directory.path, 0o755);
  cpSync(FOLDER, folder, { recursive: true, filter: (path) => !/\/(?:secrets|state|\.env)$/.test(path) });
  if (NOBODY.uid !== undefined) chownSync(folder, NOBODY.uid, NOBODY.gid);
});

afterAll(async () => {
  agent?.kill('SIGKILL');
  await gateway?.stop();
  await postgres?.stop();
  directory.remove();
});

test('is a compose file by its schema, with explicit tags, quoted ports and no two of a name', () => {
  const order = ['service-keys-order', 'services-alphabetical-order', 'top-level-properties-order'];
  const linter = new DCLinter({
    rules: {
      // An order of its own; `build` with `image` is how a built image gets a name; the interface is a variable.
      ...Object.fromEntries(order.map((rule) => [rule, 0])),
      'no-build-and-image': 0,
      'require-quotes-in-ports': [1, { quoteType: 'double' }],
      'no-unbound-port-interfaces': 0,
    },
    quiet: false,
    debug: false,
    exclude: [],
  });
  // Its types are written without the endings that Node's resolution wants.
  const results = linter.lintFiles([join(FOLDER, 'compose.yaml')], false) as { messages: unknown[] }[];
  expect(results.map(({ messages }) => messages)).toEqual([[]]);
});

function check(
  dockerfile: string,
  changes: readonly (readonly [string, string])[],
  env: Placed['environment'],
): number | null {
  const text = readFileSync(new URL(`../../../infra/docker/${dockerfile}`, import.meta.url), 'utf8');
  const command = /^HEALTHCHECK[^[]*(\[.*\])$/m.exec(text.replaceAll(/\\\n\s*/g, ''))?.[1] ?? '[]';
  const placed = changes.reduce((done, [from, to]) => done.replaceAll(from, to), command);
  const [program = '', ...args] = JSON.parse(placed) as string[];
  return spawnSync(program === 'node' ? process.execPath : program, args, { env }).status;
}

followed('prepared, migrated, served, checked, and an agent delivers', async () => {
  const prepare = () => spawnSync('./prepare.sh', { cwd: folder, encoding: 'utf8', ...NOBODY });
  expect(prepare()).toMatchObject({ status: 0 });
  expect(prepare()).toMatchObject({ status: 1, stderr: expect.stringContaining('is here already') });

  postgres = await startPostgres({ fast: true });
  const { port, password } = new URL(postgres.url());
  const roles = spawnSync('./make-roles.sh', {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      SECRETS: join(folder, 'secrets'),
      PGHOST: '127.0.0.1',
      PGPORT: port,
      PGPASSWORD: password,
    },
  });
  expect({ status: roles.status, stderr: roles.stderr.replace(/^WARNING.*\n?/gm, '') }).toMatchObject({
    status: 0,
  });

  const instead: [string, string][] = [
    ['@postgres:5432/', `@127.0.0.1:${port}/`],
    ['0.0.0.0:8443', '127.0.0.1:0'],
  ];
  const migrate = placeService(folder, 'migrate', instead);
  const migrated = await runProgram('gateway', migrate.command, migrate.environment);
  expect([migrated.exitCode, migrated.stderr]).toEqual([0, '']);

  const served = placeService(folder, 'gateway', instead);
  expect(served.command).toEqual(['serve']);
  gateway = await startGateway({
    ...served.environment,
    VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
    VV_TG_DATA_DIR: join(folder, 'state/gateway'),
  });
  const admin: [string, string][] = [['127.0.0.1:9464', gateway.adminListen]];
  expect(check('gateway.Dockerfile', admin, {})).toBe(0);

  const url: [string, string] = ['https://gateway:8443', `https://localhost:${gateway.listen.split(':')[1]}`];
  const placed = placeService(folder, 'agent', [url]);
  agent = spawn(process.execPath, [PROGRAMS.agent, ...placed.command], {
    env: placed.environment,
    stdio: 'ignore',
  });
  await until('the agent is healthy', async () => check('agent.Dockerfile', [], placed.environment) === 0);
  // `docker compose exec agent …`: another process in the same container.
  const sent = await runProgram('agent', ['send', REPORTS[0]?.file ?? '', '--json'], placed.environment);
  expect(sent.exitCode).toBe(0);
  const listed = await runProgram(
    'gateway',
    ['events', 'list', '--all-tenants', '--json'],
    served.environment,
  );
  expect(listed.stdout).toContain('"event_id"');

  await gateway.stop();
  expect(check('gateway.Dockerfile', admin, {})).toBe(1);
  agent.kill('SIGTERM');
  await until('the agent has ended', async () => agent?.exitCode === 0);
  expect(check('agent.Dockerfile', [], placed.environment)).toBe(1);
});
