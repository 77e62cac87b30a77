import { spawn } from 'node:child_process';
import { existsSync, lstatSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadDaemonConfig } from '../../src/config.ts';
import type { DaemonContext } from '../../src/daemon/service.ts';
import { canonicalEvent } from '../cli/agent-fixture.ts';
import { ask, createDaemonFixture, type DaemonFixture, postJson, socketOf, startApi } from './api-fixture.ts';

let fixture: DaemonFixture;
let agent: DaemonContext;

beforeAll(async () => {
  fixture = await createDaemonFixture();
  agent = await fixture.agent();
});

afterAll(() => fixture.close());

describe('the unix socket', () => {
  test('is its owner’s alone, whatever the mask, and goes when the agent stops', async () => {
    const mask = process.umask(0);
    const api = await startApi(agent).finally(() => process.umask(mask));
    const { socketPath } = socketOf(agent);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(api.listen).toBe(`unix:${socketPath}`);
    await api.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  test('a second agent is refused, and the first one keeps its socket', async () => {
    const api = await startApi(agent);
    await expect(startApi(agent)).rejects.toMatchObject({ code: 'state_unusable' });
    expect((await ask(socketOf(agent), 'GET', '/healthz')).status).toBe(200);
    await api.close();
  });

  test('a socket that a killed agent left is replaced', async () => {
    const { socketPath } = socketOf(agent);
    const dead = spawn(process.execPath, [
      '-e',
      'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))',
      socketPath,
    ]);
    await new Promise((resolve) => dead.once('close', resolve));
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    const api = await startApi(agent);
    expect((await ask(socketOf(agent), 'GET', '/healthz')).status).toBe(200);
    await api.close();
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a symbolic link', (path: string) => symlinkSync('/dev/null', path)],
  ])('%s in its place is refused and left alone', async (_what, make) => {
    const path = join(fixture.path, `in-place-${_what.length}`);
    make(path);
    const other = await fixture.agent({ SPECTRASTRIKE_INTAKE_LISTEN: `unix:${path}` });
    await expect(startApi(other)).rejects.toMatchObject({ code: 'state_unusable' });
    expect(existsSync(path)).toBe(true);
  });
});

describe('on TCP', () => {
  test('the token, the host and the origin are asked for', async () => {
    const other = await fixture.agent({ SPECTRASTRIKE_INTAKE_LISTEN: '127.0.0.1:0, unix' });
    const api = await startApi(other);
    const [listen = ''] = (api.listen ?? '').split(' ');
    const port = Number(listen.split(':')[1]);
    const tcp = { host: '127.0.0.1', port };
    const tokenFile = join(other.state.dataDir, 'intake-token');
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    const { readFileSync } = await import('node:fs');
    const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
    const post = async (headers: Record<string, string>) => {
      const reply = await postJson(tcp, '/v1/events', canonicalEvent('tcp'), headers);
      return [reply.status, reply.code];
    };
    expect(await post({})).toEqual([401, 'token_required']);
    expect(await post({ authorization: 'Bearer wrong' })).toEqual([401, 'token_required']);
    expect(await post({ authorization, host: `rebound.example:${port}` })).toEqual([421, 'host_refused']);
    expect(await post({ authorization, host: '127.0.0.1' })).toEqual([421, 'host_refused']);
    expect(await post({ authorization, origin: `http://127.0.0.1:${port}` })).toEqual([
      403,
      'origin_refused',
    ]);
    expect((await post({ authorization, host: `localhost:${port}` }))[0]).toBe(202);
    expect((await ask(tcp, 'GET', '/healthz')).status).toBe(200);
    expect((await ask(tcp, 'GET', '/metrics')).code).toBe('token_required');
    expect((await ask(tcp, 'GET', '/nothing')).code).toBe('token_required');
    const metrics = await ask(tcp, 'GET', '/metrics', { headers: { authorization } });
    expect(metrics.text).toContain('spectrastrike_spool_accepting 1\n');
    expect(metrics.text).toMatch(/spectrastrike_gateway_circuit_open\{gateway="https:[^"]*"\} 0\n/);
    expect(metrics.text).toMatch(/spectrastrike_spool_pending_events\{[^}]*\} 1\n/);
    expect(metrics.text).toContain(
      'spectrastrike_api_answers_total{operation="takeEvents",code="host_refused"} 2',
    );
    // The unix socket beside it asks for no token: its mode does.
    expect((await ask(socketOf(other), 'GET', '/v1/status')).status).toBe(200);
    await api.close();
  });

  test('a token file that others may read, or that holds a short one, is refused', async () => {
    const path = join(fixture.path, 'token');
    const other = await fixture.agent({
      SPECTRASTRIKE_INTAKE_LISTEN: '[::1]:0',
      SPECTRASTRIKE_INTAKE_TOKEN_FILE: path,
    });
    await expect(startApi(other)).rejects.toMatchObject({ code: 'state_permissions' });
    writeFileSync(path, 'x'.repeat(43), { mode: 0o644 });
    await expect(startApi(other)).rejects.toMatchObject({ code: 'state_permissions' });
    writeFileSync(path.concat('2'), 'short', { mode: 0o600 });
    const short = await fixture.agent({
      SPECTRASTRIKE_INTAKE_LISTEN: '127.0.0.1:0',
      SPECTRASTRIKE_INTAKE_TOKEN_FILE: path.concat('2'),
    });
    await expect(startApi(short)).rejects.toMatchObject({ code: 'state_permissions' });
  });

  test('a port that is taken is a refusal to start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const other = await fixture.agent({ SPECTRASTRIKE_INTAKE_LISTEN: `unix,127.0.0.1:${port}` });
    await expect(startApi(other)).rejects.toMatchObject({ code: 'state_unusable' });
    expect(existsSync(socketOf(other).socketPath)).toBe(false);
    taken.close();
  });

  test.each([
    '0.0.0.0:9000',
    '10.0.0.1:9000',
    'localhost:9000',
    '127.0.0.1',
    '127.0.0.1:70000',
    'unix:relative',
    '',
  ])('an address such as "%s" is a fault of the configuration, or nothing', async (listen) => {
    const loaded = await loadDaemonConfig({
      ...fixture.environment,
      SPECTRASTRIKE_INTAKE_LISTEN: listen === '' ? 'off' : listen,
    });
    if (listen === '') expect(loaded).toMatchObject({ ok: true, value: { intake: { listeners: [] } } });
    else expect(loaded).toMatchObject({ ok: false, faults: [{ variable: 'SPECTRASTRIKE_INTAKE_LISTEN' }] });
  });
});
