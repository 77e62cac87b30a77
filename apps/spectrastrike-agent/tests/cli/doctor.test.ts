import { chmodSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createServer } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPki } from '@nyxera/federation-testing';
import { type AgentFixture, canonicalEvent, createAgentFixture } from './agent-fixture.ts';
import type { Ran } from './run-agent.ts';

let fixture: AgentFixture;

beforeEach(async () => {
  fixture = await createAgentFixture();
});
afterEach(() => fixture.close());

function checks(ran: Ran): Map<string, { state: string; found: string; advice: string | null }> {
  const { checks: list } = ran.last as {
    checks: { name: string; state: string; found: string; advice: string | null }[];
  };
  return new Map(list.map((one) => [one.name, one]));
}

test('all is well: every check ok or a warning, exit 0, and nothing is sent to the gateway but one question', async () => {
  await fixture.run('send', fixture.file('e.jsonl', `${canonicalEvent('e1')}\n`), '--json');
  const ran = await fixture.run('doctor', '--json');
  expect(ran.code).toBe(0);
  const found = checks(ran);
  for (const name of [
    'configuration',
    'state',
    'intent chain',
    'signing key',
    'gateway',
    'server chain and name',
    'server pin match',
    'client certificate accepted',
    'clock',
  ]) {
    expect([name, found.get(name)?.state]).toEqual([name, 'ok']);
  }
  expect(fixture.gateway.received.map((one) => one.path)).toEqual(['/internal/v1/telemetry', '/doctor']);
  expect(fixture.gateway.received[1]?.headers).not.toHaveProperty('x-service-identity');
});

test('wrong pin, wrong authority, gateway away: each is named with what to do', async () => {
  fixture.environment.VECTORVUE_FEDERATION_SERVER_CERT_SHA256 = 'f'.repeat(64);
  const pinned = await fixture.run('doctor', '--json');
  expect(pinned.code).toBe(1);
  expect(checks(pinned).get('server pin match')).toMatchObject({
    state: 'fail',
    found: expect.stringContaining(fixture.gateway.certificate.sha256),
  });
  expect(checks(pinned).get('client certificate accepted')?.found).toBe('not asked');
  expect(fixture.gateway.received).toEqual([]);

  const other = await createPki(join(fixture.path, 'other'));
  fixture.environment.VECTORVUE_FEDERATION_MTLS_CA_FILE = other.caCertPath;
  const strange = await fixture.run('doctor', '--json');
  expect(checks(strange).get('server chain and name')?.state).toBe('fail');
  expect(checks(strange).get('client certificate accepted')?.found).toBe('not asked');

  await fixture.gateway.close();
  const away = await fixture.run('doctor', '--json');
  expect(away.code).toBe(1);
  expect(checks(away).get('gateway')).toMatchObject({
    state: 'fail',
    found: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a server that offers only TLS 1.2 is named insecure_transport, not one that is away', async () => {
  const { certPem: cert, keyPem } = fixture.gateway.certificate;
  const server = createServer({ cert, key: keyPem, maxVersion: 'TLSv1.2' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  fixture.environment.VECTORVUE_FEDERATION_URL = `https://localhost:${port}`;
  const ran = await fixture.run('doctor', '--json');
  server.close();
  expect(checks(ran).get('gateway')).toMatchObject({
    state: 'fail',
    found: expect.stringContaining('insecure_transport'),
  });
});

test('an expired certificate, a key that others may read: all faults at once, exit 78 for the configuration', async () => {
  const expired = await fixture.pki.issue({
    name: 'expired',
    client: true,
    notBefore: new Date(Date.now() - 2 * 86_400_000),
    notAfter: new Date(Date.now() - 86_400_000),
  });
  fixture.environment.VECTORVUE_FEDERATION_MTLS_CERT_FILE = expired.certPath;
  fixture.environment.VECTORVUE_FEDERATION_MTLS_KEY_FILE = expired.keyPath;
  expect(checks(await fixture.run('doctor', '--json')).get('client certificate validity')).toMatchObject({
    state: 'fail',
    found: expect.stringContaining('expired'),
  });
  chmodSync(expired.keyPath, 0o640);
  const open = await fixture.run('doctor', '--json');
  expect(open.code).toBe(78);
  expect(checks(open).get('VECTORVUE_FEDERATION_MTLS_KEY_FILE')?.found).toContain('0640');
});

test('an intent that somebody changed, or removed, is found', async () => {
  await fixture.run(
    'send',
    fixture.file('e.jsonl', `${canonicalEvent('e1')}\n${canonicalEvent('e2')}\n`),
    '--json',
  );
  const db = new DatabaseSync(join(fixture.environment.SPECTRASTRIKE_DATA_DIR ?? '', 'agent.db'));
  db.exec('DROP TRIGGER intents_are_final; DROP TRIGGER intents_stay');
  db.exec(`UPDATE intents SET input = replace(input, 'op-001', 'op-002') WHERE sequence = 2`);
  expect(checks(await fixture.run('doctor', '--json')).get('intent chain')).toMatchObject({ state: 'fail' });
  db.exec('DELETE FROM intents WHERE sequence = 1');
  db.close();
  const ran = await fixture.run('doctor', '--json');
  expect(checks(ran).get('intent chain')).toMatchObject({
    state: 'fail',
    found: expect.stringContaining('missing'),
  });
  expect(ran.code).toBe(1);
});
