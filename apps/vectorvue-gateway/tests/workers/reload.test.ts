import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createPki, type IssuedCertificate, type Pki } from '@nyxera/federation-testing';
import { openSocket, send } from '../support/client.ts';
import { graph, query, telemetry } from '../support/requests.ts';
import { matches, until, workersOf } from '../support/served-process.ts';
import { askOn, presentedBy, serveFiles } from './served-files.ts';
import { createWorkersWorld, metric, type Served, type WorkersWorld } from './world.ts';

// Each test starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

let world: WorkersWorld;
let otherPki: Pki;
let renewed: IssuedCertificate;
beforeAll(async () => {
  world = await createWorkersWorld();
  const { pki, directory } = world.federation;
  renewed = await pki.issue({ name: 'renewed', dns: ['localhost'], ips: ['127.0.0.1'], server: true });
  otherPki = await createPki(join(directory, 'other-pki'));
});
afterAll(() => world.close());

const serveFromFiles = (name: string, changes: Record<string, string>) => serveFiles(world, name, changes);
const presented = (served: Served) => presentedBy(world, served);
const ask = (socket: TLSSocket) => askOn(world, socket);

function rulesWith(action: string): string {
  const adjust = { action, confidence: 0.5, ttl_seconds: 600, control: 'execution', rationale: 'a test' };
  // JSON is YAML.
  return JSON.stringify({ version: 1, graph: [{ id: 'any', when: { min_nodes: 0 }, adjust }], finding: [] });
}

async function hup(served: Served, outcome: 'reload.loaded' | 'reload.refused') {
  const before = served.lines().length;
  served.signal('SIGHUP');
  // The files are followed too, so that another reload may come between.
  return served.line(outcome, { cause: 'signal' }, before);
}

/** How many log lines say so. */
function told(served: Served, outcome: 'reload.loaded' | 'reload.refused', fields = {}): number {
  return served.lines().filter((line) => matches(line, { message: outcome, ...fields })).length;
}

describe.each([
  ['one process', '1'],
  ['two workers', '2'],
])('SIGHUP, %s', (_name, workers) => {
  test('a new certificate: old connections live, new handshakes see it; a broken file is refused by name', async () => {
    const { served, files } = await serveFromFiles(`renew-${workers}`, { VV_TG_WORKERS: workers });
    const old = await Promise.all([
      openSocket(world.federation, served.listen),
      openSocket(world.federation, served.listen),
    ]);
    expect(await presented(served)).toBe(world.federation.server.sha256);

    copyFileSync(renewed.certPath, files.cert);
    copyFileSync(renewed.keyPath, files.key);
    await hup(served, 'reload.loaded');
    // As many as would visit every worker twice.
    for (let round = 0; round < 4; round += 1) expect(await presented(served)).toBe(renewed.sha256);
    for (const socket of old) expect(await ask(socket)).toBe('HTTP/1.1 202 Accepted');
    for (const socket of old) socket.destroy();
    expect((await send(world.federation, served.listen, telemetry(world.federation))).status).toBe(202);

    // The key of another certificate; then no certificate at all.
    copyFileSync(world.federation.server.keyPath, files.key);
    const mismatch = await hup(served, 'reload.refused');
    expect(mismatch.faults).toEqual([expect.stringMatching(/^VV_SERVICE_IDENTITY_KEY_PATH /)]);
    copyFileSync(renewed.keyPath, files.key);
    writeFileSync(files.cert, 'no certificate');
    const broken = await hup(served, 'reload.refused');
    expect(broken.faults).toEqual([expect.stringMatching(/^VV_SERVICE_IDENTITY_CERT_PATH /)]);
    for (let round = 0; round < 4; round += 1) expect(await presented(served)).toBe(renewed.sha256);
    expect(told(served, 'reload.loaded', { cause: 'signal' })).toBe(1);
    expect(told(served, 'reload.refused', { cause: 'signal' })).toBe(2);
    for (const result of ['loaded', 'refused'] as const) {
      await until(
        async () =>
          (await metric(served.adminListen, `vectorvue_reloads_total{result="${result}"}`)) ===
          told(served, `reload.${result}`),
        `reloads that were ${result} are counted`,
      );
    }

    if (workers === '2') {
      // No worker is replaced by one that could not be what it is.
      const before = served.lines().length;
      const serving = workersOf(served.pid);
      served.signal('SIGUSR2');
      await served.line('reload.refused', {}, before);
      expect(workersOf(served.pid)).toEqual(serving);
      // A worker that starts while the file is broken starts with what is loaded.
      const [victim] = workersOf(served.pid);
      process.kill(victim ?? -1, 'SIGKILL');
      await served.line('worker.replaced');
      await until(
        async () => (await metric(served.adminListen, 'vectorvue_workers_serving')) === 2,
        'two serve',
      );
      for (let round = 0; round < 4; round += 1) expect(await presented(served)).toBe(renewed.sha256);
    }
    expect(await served.stop()).toBe(0);
  });

  test('another rules file decides about the next graph; one that is broken is refused by name', async () => {
    const rules = join(world.federation.directory, `rules-${workers}.yaml`);
    writeFileSync(rules, rulesWith('observe'));
    const changes = { VV_TG_WORKERS: workers, VV_TG_FEEDBACK_RULES_PATH: rules };
    const { served } = await serveFromFiles(`rules-${workers}`, changes);
    // Each to a target of its own, and over a connection of its own, so that every worker has one.
    const actionFor = async (target: string): Promise<unknown> => {
      const pushed = graph(world.federation, { graph: { target_urn: target, nodes: [] } });
      expect((await send(world.federation, served.listen, pushed)).status).toBe(202);
      const { json } = await send(world.federation, served.listen, query(world.federation));
      return json.data.find((item: { target_urn: string }) => item.target_urn === target)?.action;
    };
    const both = async (name: string) => [await actionFor(`urn:${name}:1`), await actionFor(`urn:${name}:2`)];
    expect(await both('before')).toEqual(['observe', 'observe']);
    writeFileSync(rules, rulesWith('tighten'));
    await hup(served, 'reload.loaded');
    expect(await both('after')).toEqual(['tighten', 'tighten']);
    writeFileSync(rules, rulesWith('explode'));
    const { faults } = await hup(served, 'reload.refused');
    expect(faults).toEqual([expect.stringMatching(/^VV_TG_FEEDBACK_RULES_PATH /)]);
    expect(await both('still')).toEqual(['tighten', 'tighten']);
    expect(await served.stop()).toBe(0);
  });

  test('another client CA: whom it did not issue is refused from the next handshake on', async () => {
    const { served, files } = await serveFromFiles(`ca-${workers}`, { VV_TG_WORKERS: workers });
    expect((await send(world.federation, served.listen, telemetry(world.federation))).status).toBe(202);
    copyFileSync(otherPki.caCertPath, files.ca);
    await hup(served, 'reload.loaded');
    for (let round = 0; round < 4; round += 1) {
      await expect(send(world.federation, served.listen, telemetry(world.federation))).rejects.toThrow();
    }
    const stranger = await otherPki.issue({ name: `stranger-${workers}`, client: true });
    // It passes the handshake now; whom it speaks for is another question, and its pin is unknown.
    const answer = await send(world.federation, served.listen, telemetry(world.federation), {
      certificate: stranger,
    });
    expect([answer.status, answer.json.errors[0].error_code]).toEqual([401, 'peer_identity_rejected']);
    const text = await (await fetch(`http://${served.adminListen}/metrics`)).text();
    const failures = text.matchAll(/^vectorvue_tls_handshake_failures_total\{[^}]*\} ([0-9]+)$/gm);
    expect([...failures].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(4);
    expect(await served.stop()).toBe(0);
  });
});
