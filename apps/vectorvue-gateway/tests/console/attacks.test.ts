/** What an attacker tries at the API: every call in every role, other tenants, other sites, tokens that were used, paths, bodies. */
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csvCell } from '../../src/console/export.ts';
import { CONSOLE_ROLES, type ConsoleRole, isOfTenants } from '../../src/console/roles.ts';
import { CONSOLE_ROUTES } from '../../src/console/routes.ts';
import { rowsOf } from '../store/stores.ts';
import { OTHER_TENANT, TENANT } from '../support/federation.ts';
import {
  type ConsoleClient,
  type ConsoleWorld,
  clientOf,
  cookieOf,
  openConsoleWorld,
  send,
} from './console-world.ts';

const API = '/console/api/v1';
let offsetMs = 0;
let world: ConsoleWorld;
let viewer: ConsoleClient;
beforeAll(async () => {
  world = await openConsoleWorld({}, { now: () => Date.now() + offsetMs });
  viewer = await world.signIn('viewer', [TENANT], 'vic');
});
afterAll(() => world?.close());

const filled = (path: string) => path.replaceAll(/\{[^}]+\}/g, '1');
const call = (client: ConsoleClient, route: { method: string; path: string }) =>
  route.method === 'GET' ? client.get(filled(route.path)) : client.post(filled(route.path), {});

test('every call: nobody without a session, no role that it does not name, and that is in the log', async () => {
  let refused = 0;
  for (const route of CONSOLE_ROUTES) {
    const stranger = await call(world.stranger(), route);
    expect([route.id, stranger.status, stranger.json.code]).toEqual([route.id, 401, 'session_required']);
  }
  for (const role of CONSOLE_ROLES) {
    const enter = () => world.signIn(role, isOfTenants(role) ? [TENANT] : [], `matrix-${role}`);
    let client = await enter();
    for (const [index, route] of CONSOLE_ROUTES.filter(({ roles }) => !roles.includes(role)).entries()) {
      // A session that is refused this often is stopped; see below.
      if (index % 25 === 24) client = await enter();
      const answer = await call(client, route);
      expect([role, route.id, answer.status, answer.json.code]).toEqual([
        role,
        route.id,
        403,
        'role_insufficient',
      ]);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(0);
  const entries = await rowsOf(
    world.gateway.db,
    `SELECT sequence FROM audit_log WHERE code = 'role_insufficient' AND class = 'security' AND actor LIKE 'console:matrix-%'`,
  );
  expect(entries).toHaveLength(refused);
});

test('every call that is a POST: not without the token of the session, nor with that of another', async () => {
  const officer = await world.signIn('officer');
  for (const route of CONSOLE_ROUTES.filter(({ method }) => method === 'POST')) {
    const role: ConsoleRole = route.roles[0] ?? 'officer';
    const client = await world.signIn(role, isOfTenants(role) ? [TENANT] : []);
    for (const csrf of [null, officer.csrf]) {
      const answer = await call(clientOf(world.listen, client.cookie, csrf), route);
      expect([route.id, answer.status, answer.json.code]).toEqual([route.id, 403, 'csrf_required']);
    }
  }
});

test('one session that is refused again and again is stopped, and does not fill the log', async () => {
  const eager = await world.signIn('viewer', [TENANT], 'eager');
  const forbidden = CONSOLE_ROUTES.find(({ method, roles }) => method === 'GET' && !roles.includes('viewer'));
  const route = forbidden ?? CONSOLE_ROUTES.find(({ roles }) => !roles.includes('viewer'));
  if (route === undefined) throw new Error('viewers may do everything');
  const codes = [];
  for (let index = 0; index < 62; index += 1) codes.push((await call(eager, route)).json.code);
  expect(new Set(codes)).toEqual(new Set(['role_insufficient', 'too_many_requests']));
  const entries = await rowsOf(
    world.gateway.db,
    `SELECT sequence FROM audit_log WHERE actor = 'console:eager' AND code = 'role_insufficient'`,
  );
  expect(entries).toHaveLength(codes.filter((code) => code === 'role_insufficient').length);
});

test('another tenant: refused by name, invisible without one, and in the log', async () => {
  const withTenant = CONSOLE_ROUTES.filter(
    ({ method, query, roles }) =>
      method === 'GET' && roles.includes('viewer') && query?.shape.tenant !== undefined,
  );
  expect(withTenant.length).toBeGreaterThan(0);
  const enter = () => world.signIn('viewer', [TENANT], 'hopper');
  let hopper = await enter();
  let named = 0;
  for (const [index, route] of withTenant.entries()) {
    if (index % 10 === 9) hopper = await enter();
    for (const format of route.query?.shape.format === undefined ? [''] : ['', '&format=csv']) {
      const answer = await hopper.get(`${filled(route.path)}?tenant=${OTHER_TENANT}${format}`);
      // Some want more than a tenant, and say that first.
      expect([route.id, answer.status === 403 || answer.status === 400 || answer.status === 404]).toEqual([
        route.id,
        true,
      ]);
      if (answer.json?.code === 'tenant_forbidden') named += 1;
    }
  }
  const entries = await rowsOf(
    world.gateway.db,
    `SELECT sequence FROM audit_log WHERE actor = 'console:hopper' AND code = 'tenant_forbidden'`,
  );
  expect(named).toBeGreaterThan(0);
  expect(entries).toHaveLength(named);
});

test('fixation: a cookie that the browser brought along is never made valid; two visitors with one link: one gets in', async () => {
  const planted = `${viewer.cookie?.split('=')[0]}=${'A'.repeat(43)}`;
  const token = await world.link('officer');
  const both = await Promise.all(
    [0, 1, 2, 3].map(() => world.stranger().post('/sign-in/link', { token }, { Cookie: planted })),
  );
  const let_in = both.filter(({ status }) => status === 200);
  expect(let_in).toHaveLength(1);
  expect(cookieOf(let_in[0] ?? (both[0] as never))).not.toBe(planted);
  expect((await clientOf(world.listen, planted, null).get('/session')).json.code).toBe('session_required');
  // A session that somebody signs in over is ended.
  const before = await world.signIn('viewer', [TENANT], 'before');
  await world
    .stranger()
    .post('/sign-in/link', { token: await world.link('officer') }, { Cookie: before.cookie ?? '' });
  expect((await before.get('/session')).json.code).toBe('session_required');
});

test('a link that is too old, a session that was idle or lived too long', async () => {
  const old = await world.link('viewer', [TENANT]);
  const sleeper = await world.signIn('viewer', [TENANT], 'sleeper');
  const busy = await world.signIn('viewer', [TENANT], 'busy');
  const steps: [number, string | undefined, string | undefined][] = [];
  try {
    offsetMs = 121_000;
    expect((await world.stranger().post('/sign-in/link', { token: old })).json.code).toBe('sign_in_refused');
    for (let minutes = 0; minutes <= 485; minutes += 25) {
      offsetMs = minutes * 60_000;
      const idle = minutes === 0 || minutes === 50 ? (await sleeper.get('/session')).json.code : undefined;
      steps.push([minutes, idle, (await busy.get('/session')).json.code]);
    }
  } finally {
    offsetMs = 0;
  }
  expect(steps[2]).toEqual([50, 'session_required', undefined]);
  expect(steps.at(-2)).toEqual([450, undefined, undefined]);
  expect(steps.at(-1)).toEqual([475, undefined, undefined]);
  offsetMs = 481 * 60_000;
  expect((await busy.get('/session')).json.code).toBe('session_required');
  offsetMs = 0;
});

test('a live view ends with its session, and does not keep it awake', async () => {
  const live = CONSOLE_ROUTES.find((route) => route.live);
  if (live === undefined) throw new Error('nothing is live');
  const watcher = await world.signIn('officer', [], 'watcher');
  const opened = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { Host: world.listen, Cookie: watcher.cookie ?? '' };
    get(`http://${world.listen}${API}${live.path}`, { headers }, resolve).on('error', reject);
  });
  expect(opened.statusCode).toBe(200);
  // Ended in order, or cut: either way nothing more of it comes.
  const watching = new Promise((resolve) => opened.once('close', () => resolve('over')));
  opened.on('error', () => undefined).resume();
  await watcher.get('/session');
  await world.gateway.db.query({
    name: 'test-revoke',
    text: `UPDATE console_sessions SET ended_at = now(), ended_by = 'cli:tester' WHERE name = 'watcher'`,
  });
  expect(await watching).toBe('over');
  expect((await watcher.get('/session')).json.code).toBe('session_required');
});

describe('other sites and other names', () => {
  const headers = (changes: Readonly<Record<string, string>>) => ({
    Host: world.listen,
    Cookie: viewer.cookie ?? '',
    ...changes,
  });
  test.each([
    ['a name that was made to resolve here', { Host: 'evil.example:9464' }, 'host_rejected'],
    ['our name as a part of theirs', { Host: '127.0.0.1.evil.example' }, 'host_rejected'],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }, 'origin_rejected'],
    ['a page of another port', { 'Sec-Fetch-Site': 'same-site' }, 'origin_rejected'],
    ['a fetch of another origin', { Origin: 'http://evil.example' }, 'origin_rejected'],
    ['a sandboxed page', { Origin: 'null' }, 'origin_rejected'],
  ])('%s', async (_name, changes, code) => {
    expect((await send(world.listen, 'GET', `${API}/session`, headers(changes))).json.code).toBe(code);
  });

  test('a POST says which page it comes from, and is JSON', async () => {
    const { Cookie, Host } = headers({});
    const token = { 'X-Console-CSRF': viewer.csrf ?? '' };
    const post = (changes: Readonly<Record<string, string>>) =>
      send(world.listen, 'POST', `${API}/session/end`, { Cookie, Host, ...token, ...changes }, '{}');
    const json = { 'Content-Type': 'application/json' };
    const origin = { Origin: `http://${world.listen}` };
    expect((await post(json)).json.code).toBe('origin_rejected');
    expect((await post({ ...json, Origin: 'http://localhost.evil.example' })).json.code).toBe(
      'origin_rejected',
    );
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      expect((await post({ ...origin, 'Content-Type': type })).json.code).toBe('media_type_unsupported');
    }
    expect((await post({ ...origin, ...json, 'Content-Encoding': 'gzip' })).json.code).toBe(
      'media_type_unsupported',
    );
    expect((await viewer.get('/session')).status).toBe(200);
  });
});

/** Bytes as they are, on a socket of its own; the answer until the other side ends. */
function raw(bytes: string): Promise<string> {
  const at = world.listen.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect(Number(world.listen.slice(at + 1)), world.listen.slice(0, at), () =>
      socket.write(bytes, 'latin1'),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

test('headers twice, two lengths, a body that is too large or no JSON', async () => {
  const start = `GET ${API}/session HTTP/1.1\r\nConnection: close\r\n`;
  const host = `Host: ${world.listen}\r\n`;
  const cookie = `Cookie: ${viewer.cookie}\r\n`;
  expect(await raw(`${start}${host}${cookie}\r\n`)).toContain('200 OK');
  expect(await raw(`${start}${host}Host: evil.example\r\n${cookie}\r\n`)).not.toContain('200 OK');
  // Which of two is ours cannot be told.
  expect(await raw(`${start}${host}${cookie}${cookie}\r\n`)).toContain('session_required');
  const post = `POST ${API}/session/end HTTP/1.1\r\nConnection: close\r\n${host}${cookie}Origin: http://${world.listen}\r\nContent-Type: application/json\r\n`;
  const csrf = `X-Console-CSRF: ${viewer.csrf}\r\n`;
  expect(await raw(`${post}${csrf}${csrf}Content-Length: 2\r\n\r\n{}`)).toContain('csrf_required');
  expect(
    await raw(
      `${post}${csrf}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET ${API}/session HTTP/1.1\r\n\r\n`,
    ),
  ).toContain('400 Bad Request');
  expect(await raw(`${post}${csrf}Content-Length: 10000000\r\n\r\n{`)).toContain('413 ');
  const huge = `${'2000\r\n'}${' '.repeat(0x2000)}\r\n`.repeat(10);
  expect(await raw(`${post}${csrf}Transfer-Encoding: chunked\r\n\r\n${huge}0\r\n\r\n`)).toContain('413 ');
  expect(await raw(`${post}${csrf}Content-Length: 3\r\n\r\n{\xff}`)).toContain('body_invalid');
  expect((await viewer.get('/session')).status).toBe(200);
});

test('whoever sends slowly takes the place of nobody', async () => {
  const at = world.listen.lastIndexOf(':');
  const sockets = Array.from({ length: 40 }, () =>
    connect(Number(world.listen.slice(at + 1)), world.listen.slice(0, at)),
  );
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.write(
      `POST ${API}/sign-in/link HTTP/1.1\r\nHost: ${world.listen}\r\nOrigin: http://${world.listen}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
  }
  // Each has been read as far as it goes when a later one has been answered.
  expect((await viewer.get('/session')).status).toBe(200);
  expect((await viewer.get('/session')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('nothing but the files of the console is served', async () => {
  for (const path of [
    '/console/../package.json',
    '/console/../../../../../../etc/passwd',
    '/console/assets/../../package.json',
    '/console/assets/..%2f..%2fpackage.json',
    '/console/assets/%2e%2e/%2e%2e/package.json',
    '/console/assets/..\\..\\package.json',
    '/console//etc/passwd.txt',
    '/console/assets/x%00.js',
    '/console/.env.json',
  ]) {
    const answer = await send(world.listen, 'GET', path, { Host: world.listen });
    expect([path, /dependencies|root:|DATABASE_URL/.test(answer.text)]).toEqual([path, false]);
    expect([path, [200, 404, 503].includes(answer.status)]).toEqual([path, true]);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  }
  expect((await send(world.listen, 'POST', '/console/', { Host: world.listen }, 'x')).status).toBe(405);
});

test('no cell of a CSV begins like a formula', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('=1+1', ' =1', '\t@x', '"=x', '-2', '\r\n+1')),
      (text) => {
        const cell = csvCell(text);
        const shown = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(/^[\s]*[=+\-@]|^[\t\r]/.test(shown)).toBe(false);
        expect(shown === text || shown === `'${text}`).toBe(true);
      },
    ),
  );
  expect([csvCell(-5), csvCell(null), csvCell(['a', 'b']), csvCell('a"b,c')]).toEqual([
    '-5',
    '',
    'a b',
    '"a""b,c"',
  ]);
});
