/**
 * A console that others can reach: TLS on the whole listener, people by a certificate of a CA of their own (real handshakes)
 * and at an identity provider (a real one, `oidc-provider`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPki, freePort, type Pki, temporaryDirectory } from '@nyxera/federation-testing';
import { startAdmin } from '../../src/admin-app.ts';
import { askReadiness } from '../../src/cli/local/ask-readiness.ts';
import { loadConfig } from '../../src/config.ts';
import { mountConsole } from '../../src/console/mount-console.ts';
import { createLogger } from '../../src/logging.ts';
import { createMetrics } from '../../src/metrics.ts';
import { runCommand } from '../cli/run-command.ts';
import { rowsOf } from '../store/stores.ts';
import { TENANT } from '../support/federation.ts';
import { type ConsoleAnswer, type ConsoleWorld, cookieOf, openConsoleWorld } from './console-world.ts';
import { ask, type Person } from './https-client.ts';
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider, visitProvider } from './oidc-world.ts';

const API = '/console/api/v1';
const directory = temporaryDirectory('console-remote-');
let people: Pki;
let world: ConsoleWorld;
let provider: TestProvider;
let at: { port: number; caPem: string };
let ann: Person & { readonly sha256: string };
let eve: Person & { readonly sha256: string };

beforeAll(async () => {
  people = await createPki(join(directory.path, 'people'), { commonName: 'People' });
  const server = await people.issue({ name: 'console', dns: ['localhost'], server: true });
  ann = await people.issue({ name: 'ann', client: true });
  eve = await people.issue({ name: 'eve', client: true });
  at = { port: await freePort(), caPem: people.caCertPem };
  const url = `https://localhost:${at.port}`;
  provider = await startProvider(`${url}${API}/sign-in/oidc/callback`);
  const secret = join(directory.path, 'secret');
  writeFileSync(secret, `${CLIENT_SECRET}\n`, { mode: 0o600 });
  world = await openConsoleWorld({
    VV_TG_ADMIN_LISTEN: `0.0.0.0:${at.port}`,
    VV_TG_CONSOLE_URL: url,
    VV_TG_CONSOLE_CERT_PATH: server.certPath,
    VV_TG_CONSOLE_KEY_PATH: server.keyPath,
    VV_TG_CONSOLE_CLIENT_CA_PATH: people.caCertPath,
    VV_TG_CONSOLE_OIDC_ISSUER: provider.issuer,
    VV_TG_CONSOLE_OIDC_CLIENT_ID: CLIENT_ID,
    VV_TG_CONSOLE_OIDC_CLIENT_SECRET_PATH: secret,
  });
});
afterAll(async () => {
  await world?.close();
  provider?.close();
  directory.remove();
});

const run = (...argv: readonly string[]) =>
  runCommand({ DATABASE_URL: world.databaseUrl }, [...argv, '--json']);
const who = async (cookie: string, as: Person | null = null) =>
  (await ask(at, 'GET', `${API}/session`, { as, headers: { Cookie: cookie } })).json;
const withCertificate = (as: Person | null) =>
  ask(at, 'POST', `${API}/sign-in/certificate`, { as, body: {} });

test('scrapers and probes need TLS and nothing more; links are not taken here', async () => {
  expect((await ask(at, 'GET', '/metrics')).text).toContain('vectorvue_build_info');
  expect((await ask(at, 'GET', '/readyz')).json).toEqual({ status: 'ready' });
  const admin = { host: '0.0.0.0', port: at.port };
  expect(await askReadiness(admin, true)).toEqual({ kind: 'answered', reasons: [] });
  expect(await askReadiness(admin)).toMatchObject({ kind: 'failed' });
  expect((await ask(at, 'GET', `${API}/sign-in`)).json).toEqual({
    link: false,
    certificate: true,
    oidc: true,
  });
  const page = await ask(at, 'GET', '/console/');
  expect(page.headers['strict-transport-security']).toBe('max-age=31536000');
  const token = await world.link('officer');
  const refused = await ask(at, 'POST', `${API}/sign-in/link`, { body: { token } });
  expect([refused.status, refused.json.code]).toEqual([401, 'sign_in_refused']);
  const elsewhere = await ask(at, 'GET', `${API}/sign-in`, { headers: { Host: `127.0.0.1:${at.port}` } });
  expect([elsewhere.status, elsewhere.json.code]).toEqual([421, 'host_rejected']);
});

test('a certificate of the CA and of a user opens a session that goes with it; no other does, and removal ends it', async () => {
  for (const stranger of [null, world.federation.client, ann]) {
    expect((await withCertificate(stranger)).json.code).toBe('sign_in_refused');
  }
  const added = await run(
    'console',
    'user',
    'add',
    'ann',
    '--role',
    'viewer',
    '--tenant',
    TENANT,
    '--certificate',
    ann.sha256,
  );
  expect(added.exitCode).toBe(0);
  const twice = await run(
    'console',
    'user',
    'add',
    'other',
    '--role',
    'officer',
    '--certificate',
    ann.sha256,
  );
  expect(twice.json.error.code).toBe('user_exists');
  const opened = await withCertificate(ann);
  expect(opened.status).toBe(200);
  expect(String(opened.headers['set-cookie'])).toMatch(
    /^__Host-vv_console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  const cookie = cookieOf(opened);
  expect(await who(cookie, ann)).toMatchObject({ name: 'ann', role: 'viewer', method: 'certificate' });
  expect(await who(cookie)).toMatchObject({ code: 'session_required' });
  expect(await who(cookie, eve)).toMatchObject({ code: 'session_required' });
  expect((await run('console', 'user', 'remove', 'ann')).json).toMatchObject({ ended: 1 });
  expect(await who(cookie, ann)).toMatchObject({ code: 'session_required' });
  expect((await withCertificate(ann)).json.code).toBe('sign_in_refused');
});

/** To the provider and back; `login`: who signs in there. */
async function begin(back = '/events?severity=high') {
  const started = await ask(at, 'GET', `${API}/sign-in/oidc?${new URLSearchParams({ back })}`);
  return { location: String(started.headers.location), cookie: cookieOf(started) };
}
const come = (address: string, cookie: string | null): Promise<ConsoleAnswer> => {
  const { pathname, search } = new URL(address);
  // As a browser that comes from another site.
  const headers = { 'Sec-Fetch-Site': 'cross-site', ...(cookie === null ? {} : { Cookie: cookie }) };
  return ask(at, 'GET', `${pathname}${search}`, { headers });
};
const sessionCookie = (answer: ConsoleAnswer): string | null =>
  [answer.headers['set-cookie'] ?? []]
    .flat()
    .find((text) => /^__Host-vv_console=[^;]/.test(text))
    ?.split(';')[0] ?? null;

test('a user of the identity provider is let in by issuer and subject, and comes back to where they were', async () => {
  await run(
    'console',
    'user',
    'add',
    'olga',
    '--role',
    'officer',
    '--issuer',
    provider.issuer,
    '--subject',
    'olga@idp',
  );
  const first = await begin();
  const asked = new URL(first.location).searchParams;
  expect(asked.get('code_challenge_method')).toBe('S256');
  const address = await visitProvider(first.location, 'olga@idp');
  // Somebody else's browser with the same address, and a state that nobody asked for.
  expect(sessionCookie(await come(address, null))).toBeNull();
  expect(
    sessionCookie(await come(address.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`), first.cookie)),
  ).toBeNull();
  const opened = await come(address, first.cookie);
  expect([opened.status, opened.headers.location]).toEqual([303, '/console/events?severity=high']);
  const cookie = sessionCookie(opened) ?? '';
  expect(await who(cookie)).toMatchObject({
    name: 'olga',
    role: 'officer',
    method: 'oidc',
    all_tenants: true,
  });
  // Code and state once more.
  const again = await come(address, first.cookie);
  expect([sessionCookie(again), again.headers.location]).toEqual([
    null,
    '/console/sign-in?refused=sign_in_refused',
  ]);
});

test('who is no user here, a token with another nonce, another issuer in the answer: nobody is let in', async () => {
  const stranger = await begin();
  expect(
    sessionCookie(await come(await visitProvider(stranger.location, 'mallory'), stranger.cookie)),
  ).toBeNull();
  const forged = await begin();
  provider.forgeNonce('another-nonce');
  const address = await visitProvider(forged.location, 'olga@idp');
  expect(sessionCookie(await come(address, forged.cookie))).toBeNull();
  provider.forgeNonce(null);
  const said = world.gateway.lines().filter(({ message }) => message === 'console.provider_refused');
  expect(String(said.at(-1)?.fault_message)).toContain('claim value');
  const mixed = await begin('//evil.example/');
  const right = await visitProvider(mixed.location, 'olga@idp');
  const other = right.replace(/iss=[^&]+/, `iss=${encodeURIComponent('https://evil.example')}`);
  expect(other).not.toBe(right);
  expect(sessionCookie(await come(other, mixed.cookie))).toBeNull();
  const open = await begin('https://evil.example/');
  const landed = await come(await visitProvider(open.location, 'olga@idp'), open.cookie);
  expect([sessionCookie(landed) !== null, landed.headers.location]).toEqual([true, '/console/']);
  const refusals = await rowsOf<{ disclosure: string }>(
    world.gateway.db,
    `SELECT disclosure FROM audit_log WHERE action = 'console.sign_in' AND code = 'sign_in_refused' AND class = 'security'`,
  );
  expect(refusals.some(({ disclosure }) => disclosure.includes(`mallory of ${provider.issuer}`))).toBe(true);
});

test('before there is a store, and where the console is off, that is said', async () => {
  const admin = await startAdmin({ host: '127.0.0.1', port: 0 }, createMetrics());
  const call = async () => {
    const answer = await fetch(`http://${admin.listen}/console/api/v1/session`);
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  expect(await call()).toEqual([503, 'starting']);
  const config = await loadConfig({ ...world.federation.environment, VV_TG_CONSOLE: '0' });
  if (!config.ok) throw new Error('the configuration is faulty');
  const { db } = world.gateway;
  const logger = createLogger('error', new Writable({ write: (_chunk, _encoding, done) => done() }));
  const clock = { now: () => Date.now() };
  await using _mounted = mountConsole({ config: config.value, db, log: null, admin, clock, logger });
  expect(await call()).toEqual([404, 'console_off']);
  await admin.close();
});

test('a listener that others reach has no console without TLS and a way to know people; half a configuration is a fault', async () => {
  const base = { ...world.federation.environment, VV_TG_ADMIN_LISTEN: '0.0.0.0:9464' };
  const offWith = async (changes: Readonly<Record<string, string>>) => {
    const config = await loadConfig({ ...base, ...changes });
    if (!config.ok) return config.faults.map(({ variable }) => variable);
    return config.value.console.off;
  };
  const tls = {
    VV_TG_CONSOLE_CERT_PATH: join(people.directory, 'console.crt'),
    VV_TG_CONSOLE_KEY_PATH: join(people.directory, 'console.key'),
  };
  const oidc = { VV_TG_CONSOLE_OIDC_ISSUER: 'https://id.example', VV_TG_CONSOLE_OIDC_CLIENT_ID: 'x' };
  const url = { VV_TG_CONSOLE_URL: 'https://gateway.example' };
  expect(await offWith({})).toContain('has no TLS');
  expect(await offWith(tls)).toContain('nobody could sign in');
  expect(await offWith({ VV_TG_CONSOLE: '0', VV_TG_ADMIN_LISTEN: '127.0.0.1:0' })).toContain(
    'VV_TG_CONSOLE is 0',
  );
  expect(await offWith({ ...tls, ...oidc, ...url })).toBeNull();
  expect(await offWith({ ...tls, ...oidc })).toContain('VV_TG_CONSOLE_URL');
  expect(await offWith({ ...oidc, ...url })).toContain('VV_TG_CONSOLE_OIDC_ISSUER');
  expect(await offWith({ ...tls, ...url, ...oidc, VV_TG_CONSOLE_OIDC_ISSUER: 'http://id.example' })).toEqual([
    'VV_TG_CONSOLE_OIDC_ISSUER',
  ]);
  expect(
    await offWith({ ...tls, ...url, VV_TG_CONSOLE_CLIENT_CA_PATH: world.federation.pki.caCertPath }),
  ).toEqual(['VV_TG_CONSOLE_CLIENT_CA_PATH']);
  expect(await offWith({ VV_TG_CONSOLE_CERT_PATH: tls.VV_TG_CONSOLE_CERT_PATH })).toEqual([
    'VV_TG_CONSOLE_KEY_PATH',
  ]);
});
