import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pinOf } from '@nyxera/federation-certificates';
import { type AgentFixture, createAgentFixture } from './agent-fixture.ts';
import { ANY_PATH, type Handler, problem, QUERY } from './gateway-stand-in.ts';
import { runInProcess } from './run-in-process.ts';

const CHECKPOINT = '/internal/v1/audit/checkpoint';
const DAY_MS = 86_400_000;
let agent: AgentFixture;
let environment: Record<string, string>;
let present: string;
beforeAll(async () => {
  agent = await createAgentFixture();
  const notAfter = new Date(Date.now() + 10 * DAY_MS);
  const ending = await agent.pki.issue({ name: 'ending', client: true, notAfter });
  present = ending.sha256;
  environment = {
    ...agent.environment,
    PATH: process.env.PATH ?? '',
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: ending.certPath,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: ending.keyPath,
  };
});
afterAll(() => agent.close());

const run = (...args: readonly string[]) => runInProcess(environment, [...args, '--json']);

/** A CA as a command: OpenSSL. */
function caCommand(): string {
  const { directory } = agent.pki;
  const extensions = agent.file('extensions.conf', 'extendedKeyUsage=clientAuth\n');
  return `openssl x509 -req -days 90 -CA ${directory}/ca.pem -CAkey ${directory}/ca.key -CAcreateserial -CAserial ${agent.path}/serial -extfile ${extensions}`;
}

/** Answers as a gateway that knows these pins: the header is what the client claims of its own socket. */
const knowing =
  (pins: ReadonlySet<string>, status: number): Handler =>
  ({ headers }) =>
    pins.has(String(headers['x-client-cert-sha256']))
      ? { status, body: status === 200 ? 'a checkpoint' : {} }
      : problem(401, 'peer_identity_rejected');

describe('certs renew', () => {
  test('switches only when the gateway identifies the new certificate, in a handshake and a signed request of its own', async () => {
    const pins = new Set([present]);
    agent.gateway.handlers.set(CHECKPOINT, knowing(pins, 200));
    const notDue = await run('certs', 'renew', '--exec', 'exit 1', '--before', '5d');
    expect([notDue.code, notDue.last]).toMatchObject([0, { state: 'not_due', sha256: present }]);

    const staged = await run('certs', 'renew', '--exec', caCommand());
    expect([staged.code, staged.last]).toMatchObject([
      2,
      { state: 'staged', is_new: true, gateway: 'answers peer_identity_rejected' },
    ]);
    const next = String(staged.last?.next_sha256);
    const certFile = environment.VECTORVUE_FEDERATION_MTLS_CERT_FILE ?? '';
    expect(pinOf(new X509Certificate(readFileSync(certFile)))).toBe(present);
    const asked = agent.gateway.received.at(-1);
    expect(asked).toMatchObject({ method: 'GET', path: CHECKPOINT });
    expect(asked?.headers['x-client-cert-sha256']).toBe(next);
    expect(asked?.headers['x-telemetry-signature']).toMatch(/^[A-Za-z0-9+/]{86}==$/);

    // Without a log there is no checkpoint, and a 404 says nothing of who asked: the feedback query does.
    agent.gateway.handlers.delete(CHECKPOINT);
    agent.gateway.handlers.set(QUERY, knowing(pins, 200));
    expect((await run('certs', 'renew', '--exec', 'exit 1')).last).toMatchObject({
      state: 'staged',
      is_new: false,
    });
    // An answer that may come before step 4 of section 5 is no word about the certificate.
    agent.gateway.handlers.set(QUERY, () => problem(503, 'service_unavailable'));
    expect((await run('certs', 'renew', '--exec', 'exit 1')).last).toMatchObject({
      gateway: 'answers service_unavailable',
    });

    pins.add(next);
    agent.gateway.handlers.set(QUERY, knowing(pins, 200));
    const switched = await run('certs', 'renew', '--exec', 'exit 1');
    expect([switched.code, switched.last]).toMatchObject([
      0,
      { state: 'switched', sha256: next, old_sha256: present },
    ]);
    expect(pinOf(new X509Certificate(readFileSync(certFile)))).toBe(next);
    expect(existsSync(`${certFile}.next`)).toBe(false);
    // Everything that the program checks at a start passes with the new pair.
    expect((await run('certs', 'renew', '--exec', 'exit 1')).last).toMatchObject({
      state: 'not_due',
      sha256: next,
    });

    // A crash between the two renames: no other command starts, and the next renewal ends it.
    const keyFile = environment.VECTORVUE_FEDERATION_MTLS_KEY_FILE ?? '';
    renameSync(keyFile, `${keyFile}.next`);
    expect((await run('feedback', 'pull')).code).toBe(78);
    expect((await run('certs', 'renew', '--exec', 'exit 1')).last).toMatchObject({
      state: 'switched',
      sha256: next,
    });
    expect(existsSync(`${keyFile}.next`)).toBe(false);
  });

  test('refusals by name, and nothing is staged', async () => {
    agent.gateway.handlers.set(ANY_PATH, () => problem(404, 'not_found'));
    const certFile = environment.VECTORVUE_FEDERATION_MTLS_CERT_FILE ?? '';
    const due = ['--before', '1000d'];
    const failed = await run('certs', 'renew', '--exec', 'exit 3', ...due);
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining('command_failed')]);
    const other = await run('certs', 'renew', '--exec', `cat ${agent.pki.caCertPath}`, ...due);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('key_mismatch')]);
    expect((await run('certs', 'renew', '--exec', 'true', '--before', '30')).code).toBe(2);
    const declared = {
      ...environment,
      VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: pinOf(new X509Certificate(readFileSync(certFile))),
    };
    const refused = await runInProcess(declared, ['certs', 'renew', '--exec', 'true', ...due]);
    expect([refused.code, refused.stderr]).toEqual([
      78,
      expect.stringContaining('VECTORVUE_FEDERATION_CLIENT_CERT_SHA256'),
    ]);
    expect(existsSync(`${certFile}.next`)).toBe(false);
  });
});

describe('peer pin and unpin', () => {
  const [one, two, three] = ['11', '22', '33'].map((pair) => pair.repeat(32)) as [string, string, string];
  const file = () => join(agent.path, 'pins.env');
  const pins = (...args: readonly string[]) =>
    runInProcess({ SPECTRASTRIKE_DATA_DIR: join(agent.path, 'data'), SPECTRASTRIKE_CONFIG_FILE: file() }, [
      ...args,
      '--json',
    ]);

  test('the next beside the present, the last one never taken away', async () => {
    writeFileSync(file(), `# kept\nVECTORVUE_FEDERATION_SERVER_CERT_SHA256='${one}'\n`, { mode: 0o600 });
    const until = '2100-01-01T00:00:00.000Z';
    expect((await pins('peer', 'pin', two.toUpperCase(), '--next', '--until', until)).last).toMatchObject({
      pins: [{ sha256: one }, { sha256: two, not_before: null, not_after: until }],
    });
    expect(readFileSync(file(), 'utf8')).toBe(
      `# kept\nVECTORVUE_FEDERATION_SERVER_CERT_SHA256='${one},${two}@..${until}'\n`,
    );
    expect((await pins('peer', 'unpin', one)).last).toMatchObject({ pins: [{ sha256: two }] });
    expect(await pins('peer', 'unpin', one)).toMatchObject({ code: 2 });
    expect(await pins('peer', 'unpin', two)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('last pin'),
    });
    expect((await pins('peer', 'pin', three)).last).toMatchObject({ pins: [{ sha256: three }] });
  });

  test('what is no pin, and what the environment decides', async () => {
    const colons = (one.match(/../g) ?? []).join(':');
    for (const wrong of [colons, one.slice(2), 'x']) {
      expect(await pins('peer', 'pin', wrong, '--next')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('64 hex digits without colons'),
      });
    }
    const nothing = createHash('sha256').digest('hex');
    expect(await pins('peer', 'pin', nothing, '--next')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SHA-256 of nothing'),
    });
    expect(await pins('peer', 'pin', one, '--next', '--from', 'tomorrow')).toMatchObject({ code: 2 });
    const direct = { ...environment, SPECTRASTRIKE_CONFIG_FILE: '' };
    expect(await runInProcess(direct, ['peer', 'pin', one, '--next'])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('environment'),
    });
  });
});
