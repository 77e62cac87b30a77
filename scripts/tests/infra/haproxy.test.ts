/** infra/haproxy/haproxy.cfg, run by a real HAProxy between a real agent and two real gateways. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { freePort, type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { REPORTS } from '../../demo/federate.ts';
import { type RunningGateway, startGateway } from '../../demo/processes.ts';
import { buildWorld, runAgent, type World } from '../../demo/world.ts';
import { isHere, testWith, until } from './tools.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(180_000);

const PAGE = readFileSync(new URL('../../../infra/haproxy/haproxy.cfg', import.meta.url), 'utf8');
/** Where the balancer connects from, so that the client's address is another one. */
const BALANCER = '127.0.0.2';
const HEADER = { VV_TG_PROXY_PROTOCOL_FROM: BALANCER };
const withHaproxy = testWith('haproxy');

const directory = temporaryDirectory('haproxy');
let postgres: PostgresServer;
let world: World;
let second: RunningGateway;
let balancer: ChildProcess | undefined;
let port: number;
let statistics: number;
let said = '';

beforeAll(async () => {
  if (!isHere('haproxy')) return;
  postgres = await startPostgres({ fast: true });
  world = await buildWorld(directory.path, await postgres.createDatabase(), HEADER);
  second = await startGateway(world.gatewayEnvironment);
  port = await freePort();
  statistics = await freePort();
  // As the page of infra/haproxy makes it: a certificate of the clients' CA that is pinned to nobody, with its key.
  const { certPem, keyPem } = world.otherCertificate;
  writeFileSync(join(directory.path, 'health.pem'), certPem + keyPem, { mode: 0o600 });
  writeFileSync(join(directory.path, 'server-ca.pem'), world.caPem);
  const file = join(directory.path, 'haproxy.cfg');
  writeFileSync(file, placed(PAGE));
  const checked = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' });
  expect({ status: checked.status, warnings: checked.stderr.match(/\[(?:WARNING|ALERT)\].*/g) }).toEqual({
    status: 0,
    warnings: null,
  });
  balancer = spawn('haproxy', ['-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [balancer.stdout, balancer.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  await until('both gateways are up', async () => (await serversUp()) === 2).catch((fault: Error) => {
    throw new Error(`${fault.message}\n${said}\n${world.gateway.log()}`);
  });
}, 120_000);

afterAll(async () => {
  balancer?.kill('SIGKILL');
  await Promise.all([world?.gateway.stop(), second?.stop()]);
  await postgres?.stop();
  directory.remove();
});

/** Where things are on this machine; nothing else is changed, and each of these must have been there. */
function placed(text: string): string {
  const places: readonly (readonly [string, string])[] = [
    ['maxconn 20000', 'maxconn 100'],
    ['user haproxy\n    group haproxy\n', '\n'],
    ['bind :8443', `bind 127.0.0.1:${port}`],
    ['127.0.0.1:8405', `127.0.0.1:${statistics}`],
    ['10.0.0.11:8443', world.gateway.listen],
    ['10.0.0.12:8443', second.listen],
    ['verifyhost gateway.example', 'verifyhost localhost'],
    ['send-proxy-v2 check', `source ${BALANCER} send-proxy-v2 check`],
    ['/etc/haproxy/vectorvue/', `${directory.path}/`],
  ];
  return places.reduce((done, [from, to]) => {
    if (!done.includes(from)) throw new Error(`haproxy.cfg has no ${from}`);
    return done.replaceAll(from, to);
  }, text);
}

async function serversUp(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${statistics}/metrics`).catch(() => null);
  const text = (await answer?.text()) ?? '';
  return [...text.matchAll(/^haproxy_server_status\{[^}]*state="UP"\} 1$/gm)].length;
}

const behind = () => ({ VECTORVUE_FEDERATION_URL: `https://localhost:${port}` });

withHaproxy(
  'TLS goes through, the client is seen through it, and the check leaves no failed handshake',
  async () => {
    const sent = await runAgent(world, ['send', REPORTS[0]?.file ?? ''], behind());
    expect([sent.exitCode, sent.json]).toEqual([0, expect.objectContaining({ pending: 0 })]);
    const stranger = await runAgent(world, ['feedback', 'pull'], {
      ...behind(),
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'nobody',
    });
    expect(stranger.exitCode).not.toBe(0);
    const logs = world.gateway.log() + second.log();
    expect(logs).toMatch(
      /"client":"127\.0\.0\.1".*"code":"peer_identity_rejected"|"code":"peer_identity_rejected".*"client":"127\.0\.0\.1"/,
    );
    expect(logs).not.toMatch(/tls\.handshake_failed|proxy_header\.refused/);
  },
);

withHaproxy('a gateway that ends is taken out, and the other one goes on', async () => {
  await world.gateway.stop();
  await until('one gateway is up', async () => (await serversUp()) === 1);
  const sent = await runAgent(world, ['send', REPORTS[1]?.file ?? ''], behind());
  expect([sent.exitCode, sent.json]).toEqual([0, expect.objectContaining({ pending: 0 })]);
});
