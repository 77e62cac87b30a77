/**
 * Both ends as `scripts/dev-pki` configures them, and as `init` and the two `peer add` introduce them: events are
 * accepted, an evidence bundle signed with the key that is declared for it verifies, and one signed with another
 * key does not.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { compileCache, freePort, prepareEmbedded } from '@nyxera/federation-testing';
import { createPki } from '@nyxera/federation-testing/pki';
import { type Environment, type Finished, runProgram, startGateway } from '../demo/processes.ts';
import { portOf } from '../demo/world.ts';

const main = new URL('../dev-pki/main.ts', import.meta.url).pathname;
const report = new URL('../fixtures/events.jsonl', import.meta.url).pathname;
const TEST_MS = 120_000;
const root = mkdtempSync(join(tmpdir(), 'nyxera-ends-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The `export NAME='value'` lines that a shell would source. */
function sourced(path: string): Environment {
  const lines = readFileSync(path, 'utf8').matchAll(/^(?:export )?([A-Z0-9_]+)='(.*)'$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

const agent = (environment: Environment, ...args: readonly string[]): Promise<Finished> =>
  runProgram('agent', [...args, '--json'], environment);

async function expectBundles(environment: Environment): Promise<void> {
  const sent = await agent(environment, 'send', report);
  expect(sent.json).toMatchObject({ read: 3, delivered: 3, quarantined: 0, pending: 0 });
  const verified = await agent(environment, 'bundle', 'verify');
  expect(verified.json).toMatchObject({ accepted: true, code: null });
  expect(verified.exitCode).toBe(0);
  const telemetryKey = environment.VECTORVUE_FEDERATION_SIGNING_KEY_PATH ?? '';
  const otherwise = await agent(environment, 'bundle', 'verify', '--key', telemetryKey);
  expect(otherwise.json).toMatchObject({ accepted: false, code: 'signature_invalid' });
  expect(otherwise.exitCode).toBe(2);
}

/** A log has a name as soon as something of it is signed; that comes after the commits. */
async function firstCheckpoint(environment: Environment): Promise<void> {
  for (let tries = 0; tries < 30; tries += 1) {
    if ((await runProgram('gateway', ['audit', 'key', '--json'], environment)).exitCode === 0) return;
    await sleep(500);
  }
  throw new Error('the gateway signed no checkpoint');
}

describe('the evidence key of the agent is the one that the gateway verifies bundles with', () => {
  test(
    'configured by dev-pki',
    async () => {
      const out = join(root, 'dev');
      const ports = ['--port', String(await freePort()), '--admin-port', String(await freePort())];
      const made = spawnSync(process.execPath, [main, '--out', out, ...ports], {
        encoding: 'utf8',
        env: { ...process.env, ...compileCache() },
      });
      expect(made.stderr).toBe('');
      const gatewayEnvironment = sourced(join(out, 'gateway.env'));
      await prepareEmbedded(gatewayEnvironment.VV_TG_DATA_DIR ?? '');
      const gateway = await startGateway(gatewayEnvironment);
      try {
        await expectBundles(sourced(join(out, 'agent.env')));
      } finally {
        await gateway.stop();
      }
    },
    TEST_MS,
  );

  test(
    'introduced by init and the peer files of both ends',
    async () => {
      const pki = await createPki(join(root, 'pki'));
      const server = await pki.issue({ name: 'localhost', dns: ['localhost'], server: true });
      const feedbackKey = join(root, 'feedback.key');
      await generateKeyFile(feedbackKey);
      const auditKey = join(root, 'audit.key');
      await generateKeyFile(auditKey);
      const gatewayEnvironment: Environment = {
        VV_TG_LISTEN: '127.0.0.1:0',
        VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
        VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
        VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
        VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
        VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ 'feedback-1': feedbackKey }),
        VV_TG_FEEDBACK_ACTIVE_KID: 'feedback-1',
        VV_TG_AUDIT_ED25519_KEY_PATH: auditKey,
        VV_TG_DATA_DIR: join(root, 'gateway-data'),
      };
      await prepareEmbedded(join(root, 'gateway-data'));
      const gateway = await startGateway(gatewayEnvironment);
      try {
        const data = join(root, 'agent-data');
        const first = {
          SPECTRASTRIKE_DATA_DIR: data,
          VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH: join(data, 'evidence.key'),
        };
        const who = ['--identity', 'agent-1', '--operator', 'op-1'];
        const tenant = ['--tenant', '10000000-0000-0000-0000-00000000000A'];
        await agent(first, 'init', ...who, ...tenant);
        const csr = readFileSync(join(data, 'client.csr'), 'utf8');
        const signed = await pki.issueFromCsr(csr, { name: 'agent', client: true });
        writeFileSync(join(data, 'client.crt'), signed.certPem);
        const configured = { SPECTRASTRIKE_CONFIG_FILE: join(data, 'agent.env') };
        const own = (await agent(configured, 'init')).json as { peer_file: string; fingerprint: string };

        const url = `https://localhost:${portOf(gateway.listen)}`;
        const answerFile = join(root, 'gateway-peer.json');
        await firstCheckpoint(gatewayEnvironment);
        const registered = await runProgram(
          'gateway',
          [
            'peer',
            'add',
            own.peer_file,
            '--confirm-fingerprint',
            own.fingerprint,
            '--gateway-url',
            url,
            '--out',
            answerFile,
            '--json',
          ],
          gatewayEnvironment,
        );
        expect(registered.exitCode).toBe(0);
        const { gateway_peer_fingerprint: theirs } = registered.json as { gateway_peer_fingerprint: string };
        const taken = await agent(configured, 'peer', 'add', answerFile, '--confirm-fingerprint', theirs);
        expect(taken.json).toMatchObject({ taken: true, keys: [{ kid: 'feedback-1', outcome: 'added' }] });

        await expectBundles({ ...sourced(join(data, 'agent.env')) });
        const pulled = await agent(configured, 'feedback', 'pull');
        // The peer files introduced the log to its witness and the witness to the log.
        expect(pulled.json).toMatchObject({
          accepted: true,
          kid: 'feedback-1',
          witness: { outcome: 'witnessed', log: 'localhost/audit', cosigned: 'taken' },
        });
      } finally {
        await gateway.stop();
      }
    },
    TEST_MS,
  );
});
