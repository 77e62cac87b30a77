import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { IssuedCertificate } from '@nyxera/federation-testing';
import pg from 'pg';
import { deferred } from '../../src/accept/deferred.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { limitIdentity, pinIdentity, unpinIdentity } from '../../src/trust/trust-store.ts';
import { endpointOf, openSocket } from '../support/client.ts';
import { IDENTITY } from '../support/federation.ts';
import { until } from '../support/served-process.ts';
import { askOn, presentedBy, serveFiles } from './served-files.ts';
import { createWorkersWorld, metric, type Served, type WorkersWorld } from './world.ts';

// Each test starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

const DAY_MS = 86_400_000;
let world: WorkersWorld;
let renewed: IssuedCertificate;
let expired: IssuedCertificate;
beforeAll(async () => {
  world = await createWorkersWorld();
  const { pki } = world.federation;
  const names = { dns: ['localhost'], ips: ['127.0.0.1'], server: true };
  renewed = await pki.issue({ name: 'renewed', ...names });
  expired = await pki.issue({ name: 'expired', ...names, notAfter: new Date(Date.now() - DAY_MS) });
});
afterAll(() => world.close());

interface AuditLine {
  readonly actor: string;
  readonly code: string;
}

async function reloadsIn(served: Served): Promise<readonly AuditLine[]> {
  const client = new pg.Client({ connectionString: served.databaseUrl });
  await client.connect();
  const { rows } = await client.query<AuditLine>(
    "SELECT actor, code FROM federation.audit_log WHERE action = 'tls.reload' ORDER BY sequence",
  );
  await client.end();
  return rows;
}

/** As a supervisor or cert-manager does it: another file under the same name. */
function replace(path: string, content: string, mode = 0o600): void {
  writeFileSync(`${path}.new`, content, { mode });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}

function closeOf(socket: TLSSocket): Promise<void> {
  const closed = deferred<void>();
  socket.once('close', () => closed.resolve());
  return closed.promise;
}

describe.each([
  ['one process', '1'],
  ['two workers', '2'],
])('files that change, %s', (_name, workers) => {
  test('a pair that fits is taken without a signal and without a connection lost; each that does not is refused by name', async () => {
    const { federation } = world;
    const { served, files } = await serveFiles(world, `files-${workers}`, { VV_TG_WORKERS: workers });
    const old = await Promise.all([
      openSocket(federation, served.listen),
      openSocket(federation, served.listen),
    ]);
    // Both workers have a connection that has spoken.
    for (const socket of old) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');

    replace(files.cert, renewed.certPem);
    replace(files.key, renewed.keyPem);
    await served.line('reload.loaded', { cause: 'files' });
    for (let round = 0; round < 4; round += 1) expect(await presentedBy(world, served)).toBe(renewed.sha256);
    for (const socket of old) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');

    const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'nobody types it',
    });
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const bad: readonly [string, () => void][] = [
      ['key_mismatch', () => replace(files.key, federation.server.keyPem)],
      ['key_encrypted', () => replace(files.key, encrypted.toString())],
      ['key_public', () => replace(files.key, renewed.certPem)],
      ['key_weak', () => replace(files.key, weak.export({ format: 'pem', type: 'pkcs8' }).toString())],
      ['key_permissions', () => replace(files.key, renewed.keyPem, 0o644)],
      [
        'certificate_expired',
        () => {
          replace(files.cert, expired.certPem);
          replace(files.key, expired.keyPem);
        },
      ],
      ['certificate_invalid', () => replace(files.cert, 'no certificate')],
    ];
    // Every one waits for the files to be still: all of them in one process, one among workers.
    const tried = workers === '1' ? bad : bad.slice(0, 1);
    for (const [code, swap] of tried) {
      const before = served.lines().length;
      swap();
      const refused = await served.line('reload.refused', { cause: 'files' }, before);
      expect(refused.codes).toContain(code);
      expect(await presentedBy(world, served)).toBe(renewed.sha256);
    }
    for (const socket of old) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');
    expect(await metric(served.adminListen, 'vectorvue_reloads_total{result="refused"}')).toBe(tried.length);

    const before = served.lines().length;
    copyFileSync(federation.server.certPath, files.cert);
    replace(files.key, federation.server.keyPem);
    await served.line('reload.loaded', { cause: 'files' }, before);
    expect(await presentedBy(world, served)).toBe(federation.server.sha256);
    await until(
      async () => (await reloadsIn(served)).length === tried.length + 2,
      'all of it is in the audit log',
    );
    expect(await reloadsIn(served)).toEqual(
      ['changed', ...tried.map(([code]) => code), 'changed'].map((code) => ({
        actor: 'gateway:files',
        code,
      })),
    );
    const series = `vectorvue_certificate_expiry_seconds{what="server",sha256="${federation.server.sha256}",identity=""}`;
    const left = (Date.parse(new X509Certificate(federation.server.certPem).validTo) - Date.now()) / 1000;
    expect(Math.abs((await metric(served.adminListen, series)) - left)).toBeLessThan(60);
    const seen = `vectorvue_certificate_expiry_seconds{what="client",sha256="${federation.client.sha256}",identity="${IDENTITY}"}`;
    expect(await metric(served.adminListen, seen)).toBeGreaterThan(0);
    for (const socket of old) socket.destroy();
    expect(await served.stop()).toBe(0);
  });
});

/** Whether a handshake with the agent's certificate, and that session where one is offered, gets an answer. */
async function handshake(served: Served, session?: Buffer): Promise<{ ok: boolean; session: Buffer | null }> {
  const { federation } = world;
  const { certPem: cert, keyPem: key } = federation.client;
  const socket = connect({
    ...endpointOf(served.listen),
    ca: federation.pki.caCertPem,
    cert,
    key,
    ...(session === undefined ? {} : { session }),
  });
  let answered = false;
  let offered: Buffer | null = null;
  socket.on('session', (given: Buffer) => {
    offered = given;
  });
  socket.on('error', () => undefined);
  socket.on('data', () => {
    answered = true;
  });
  socket.on('secureConnect', () => socket.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
  await closeOf(socket);
  return { ok: answered, session: offered };
}

test('a revoked certificate: its connections end at once in every worker, and no session of it is resumed', async () => {
  const { federation } = world;
  const { pki } = federation;
  const list = join(federation.directory, 'list.pem');
  replace(list, await pki.crl({ revoked: ['0abc'] }), 0o644);
  const { served } = await serveFiles(world, 'crl', { VV_TG_WORKERS: '2', VV_TG_CRL_PATH: list });
  const sockets = await Promise.all([
    openSocket(federation, served.listen),
    openSocket(federation, served.listen),
  ]);
  for (const socket of sockets) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');
  const other = await openSocket({ ...federation, client: federation.unpinned }, served.listen);
  const closed = Promise.all(sockets.map(closeOf));
  const { session } = await handshake(served);
  expect(session).not.toBeNull();

  // An expired list is refused by name, and the one that is loaded stays.
  const past = new Date(Date.now() - DAY_MS);
  replace(
    list,
    await pki.crl({ revoked: [], thisUpdate: new Date(past.getTime() - DAY_MS), nextUpdate: past }),
    0o644,
  );
  expect((await served.line('reload.refused')).codes).toEqual(['crl_expired']);
  expect((await handshake(served)).ok).toBe(true);

  const { serialNumber } = new X509Certificate(federation.client.certPem);
  replace(list, await pki.crl({ revoked: [serialNumber] }), 0o644);
  await closed;
  for (let round = 0; round < 4; round += 1)
    expect((await handshake(served, session ?? undefined)).ok).toBe(false);
  const withdrawn = 'vectorvue_connections_withdrawn_total{reason="certificate_revoked"}';
  expect(await metric(served.adminListen, withdrawn)).toBe(2);
  const failures = 'vectorvue_tls_handshake_failures_total{reason="CERT_REVOKED"}';
  expect(await metric(served.adminListen, failures)).toBe(4);
  // Somebody else's certificate of that CA is none of it.
  expect(other.destroyed).toBe(false);

  // A list that runs out while it is loaded: nobody new gets in, by OpenSSL's own judgement, and /readyz says why.
  const before = served.lines().length;
  replace(list, await pki.crl({ revoked: [], nextUpdate: new Date(Date.now() + 3000) }), 0o644);
  await served.line('reload.loaded', {}, before);
  await until(async () => !(await handshake(served)).ok, 'no handshake succeeds');
  const reasons = await (await fetch(`http://${served.adminListen}/readyz`)).text();
  expect(reasons).toContain('tls: the revocation list has expired');
  const overdue = 'vectorvue_tls_handshake_failures_total{reason="CRL_HAS_EXPIRED"}';
  await until(async () => (await metric(served.adminListen, overdue)) > 0, 'the reason is counted');
  replace(list, await pki.crl({ revoked: [] }), 0o644);
  await until(async () => (await handshake(served)).ok, 'the next list opens the door again');
  other.destroy();
  expect(await served.stop()).toBe(0);
});

test('a pin that is withdrawn ends its connections in every worker at once; the next pin goes on', async () => {
  const { federation } = world;
  const { served } = await serveFiles(world, 'pins', { VV_TG_WORKERS: '2' });
  const author = { actor: 'cli:test', reason: 'test', nowMs: Date.now() };
  const logger = { warn: () => undefined } as never;
  const db = await openDatabase({
    databaseUrl: served.databaseUrl,
    dataDir: '',
    role: 'serve',
    logger,
    poolSize: 1,
  });
  const open = async (client: IssuedCertificate) => {
    const as = { ...federation, client };
    const sockets = await Promise.all([openSocket(as, served.listen), openSocket(as, served.listen)]);
    return sockets;
  };
  const old = await open(federation.client);
  for (const socket of old) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');
  const next = {
    identity: IDENTITY,
    sha256: federation.unpinned.sha256,
    notBefore: null,
    notAfter: null,
    limits: null,
  };
  expect(await pinIdentity(db, author, next)).toMatchObject({ ok: true });
  for (const socket of old) expect(await askOn(world, socket)).toBe('HTTP/1.1 202 Accepted');
  const closed = Promise.all(old.map(closeOf));
  const pin = { identity: IDENTITY, sha256: federation.client.sha256 };
  expect(await unpinIdentity(db, author, pin)).toMatchObject({ ok: true });
  await closed;
  const withdrawn = 'vectorvue_connections_withdrawn_total{reason="pin_withdrawn"}';
  expect(await metric(served.adminListen, withdrawn)).toBe(2);
  const line = await served.line('connection.withdrawn', { reason: 'pin_withdrawn' });
  expect(line).toMatchObject({ peer_sha256: federation.client.sha256, identities: [IDENTITY] });

  // A SPIFFE name that the certificate lacks, asked for from now on.
  const as = { federation: { ...federation, client: federation.unpinned } };
  const [nameless, coming] = await open(federation.unpinned);
  if (nameless === undefined || coming === undefined) throw new Error('no connection');
  expect(await askOn(as, nameless)).toBe('HTTP/1.1 202 Accepted');
  const refused = closeOf(nameless);
  const spiffeId = 'spiffe://example.test/agent';
  expect(await limitIdentity(db, author, { identity: IDENTITY, spiffeId })).toMatchObject({ ok: true });
  await refused;
  await served.line('connection.withdrawn', { reason: 'name_withdrawn' });
  expect(await limitIdentity(db, author, { identity: IDENTITY, spiffeId: null })).toMatchObject({ ok: true });

  // A pin may also end by its time, with nobody who changes anything.
  await until(
    async () => (await askOn(as, coming)) === 'HTTP/1.1 202 Accepted',
    'the worker has heard that no name is asked for',
  );
  const ended = closeOf(coming);
  const soon = { ...next, notAfter: new Date(Date.now() + 2000) };
  expect(await pinIdentity(db, author, soon)).toMatchObject({ ok: true });
  await ended;
  await db.close();
  expect(await served.stop()).toBe(0);
});
