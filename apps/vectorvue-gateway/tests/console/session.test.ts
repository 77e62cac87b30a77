/** Sessions by one-time link: who gets in, who does not, and what a call needs. Real PostgreSQL, real listener. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../cli/run-command.ts';
import { rowsOf } from '../store/stores.ts';
import { OTHER_TENANT, TENANT } from '../support/federation.ts';
import { type ConsoleWorld, clientOf, cookieOf, openConsoleWorld } from './console-world.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world?.close());

test('nothing of it is loaded or connected before somebody asks', async () => {
  const connections = async () =>
    (
      await rowsOf(
        world.gateway.db,
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'vectorvue-gateway-read'`,
      )
    ).length;
  expect(await connections()).toBe(0);
  expect((await world.stranger().get('/sign-in')).json).toEqual({
    link: true,
    certificate: false,
    oidc: false,
  });
  expect(await connections()).toBe(1);
});

test('a link opens a session once; it says who is there, and a viewer sees its tenants only', async () => {
  const token = await world.link('viewer', [TENANT], 'ann');
  const opened = await world.stranger().post('/sign-in/link', { token });
  expect(opened.status).toBe(200);
  expect(String(opened.headers['set-cookie'])).toMatch(
    /^vv_console_\d+=[\w-]{43}; Path=\/console; HttpOnly; SameSite=Strict$/,
  );
  const again = await world.stranger().post('/sign-in/link', { token });
  expect([again.status, again.json.code]).toEqual([401, 'sign_in_refused']);

  const ann = clientOf(world.listen, cookieOf(opened), opened.json.csrf);
  const who = await ann.get('/session');
  expect(who.json).toMatchObject({ name: 'ann', role: 'viewer', all_tenants: false, method: 'link' });
  expect(who.json.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id)).toEqual([TENANT]);
  const officer = await world.signIn('officer');
  const all = await officer.get('/session');
  expect(all.json.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id)).toEqual([
    TENANT,
    OTHER_TENANT,
  ]);
});

test('without a session there is nothing; after sign-out the cookie is worth nothing', async () => {
  expect((await world.stranger().get('/session')).json).toMatchObject({ code: 'session_required' });
  const bob = await world.signIn('operator', [], 'bob');
  expect((await clientOf(world.listen, bob.cookie, null).post('/session/end', {})).json.code).toBe(
    'csrf_required',
  );
  expect((await bob.get('/session')).status).toBe(200);
  expect((await bob.post('/session/end', {})).status).toBe(200);
  expect((await bob.get('/session')).json.code).toBe('session_required');
});

test('the command line lets in, shows who is there, and ends it; each is in the log with who did it', async () => {
  const { gateway, listen, databaseUrl } = world;
  const run = (...argv: readonly string[]) =>
    runCommand({ DATABASE_URL: databaseUrl, VV_TG_ADMIN_LISTEN: listen }, argv);
  for (const [argv, code] of [
    [['--role', 'viewer'], 'tenant_required'],
    [['--role', 'officer', '--tenant', TENANT], 'usage'],
    [['--role', 'viewer', '--tenant', '30000000-0000-4000-8000-00000000000c'], 'tenant_unknown'],
    [['--url', 'http://127.0.0.1:1/x'], 'usage'],
  ] as const) {
    expect((await run('console', ...argv, '--json')).json.error.code).toBe(code);
  }
  const remote = await runCommand({ DATABASE_URL: databaseUrl, VV_TG_ADMIN_LISTEN: '0.0.0.0:9464' }, [
    'console',
    '--json',
  ]);
  expect(remote.json.error.code).toBe('console_remote');

  const printed = await run(
    'console',
    '--role',
    'analyst',
    '--tenant',
    TENANT.toUpperCase(),
    '--as',
    'cat',
    '--json',
  );
  expect(printed.json.link).toMatch(new RegExp(`^http://${listen}/console/#link=[\\w-]{43}$`));
  const token = printed.json.link.split('#link=')[1];
  const opened = await world.stranger().post('/sign-in/link', { token });
  const cat = clientOf(listen, cookieOf(opened), opened.json.csrf);
  expect((await cat.get('/session')).json).toMatchObject({ name: 'cat', role: 'analyst' });
  const { sessions } = (await run('console', 'sessions', 'list', '--json')).json;
  expect(sessions).toContainEqual(
    expect.objectContaining({ name: 'cat', tenants: [TENANT], method: 'link' }),
  );
  expect((await run('console', 'sessions', 'revoke', '--of', 'cat', '--reason', 'test')).exitCode).toBe(0);
  expect((await cat.get('/session')).json.code).toBe('session_required');
  expect((await run('console', 'sessions', 'revoke', '--of', 'cat', '--json')).json.error.code).toBe(
    'session_unknown',
  );

  const log = await gateway.db.query<{ action: string; actor: string; code: string }>({
    name: 'test-console-log',
    text: `SELECT action, actor, code FROM audit_log WHERE action LIKE 'console.%' ORDER BY sequence`,
  });
  for (const entry of [
    { action: 'console.link', actor: 'cli:tester', code: 'issued' },
    { action: 'console.sign_in', actor: 'console:cat', code: 'signed_in' },
    { action: 'console.revoke', actor: 'cli:tester', code: 'revoked' },
    { action: 'console.sign_out', actor: 'console:bob', code: 'signed_out' },
    { action: 'console.sign_in', actor: 'console:nobody', code: 'sign_in_refused' },
  ]) {
    expect(log).toContainEqual(entry);
  }
});
