import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IssuedCertificate } from '@nyxera/federation-testing';
import { createFederation, type Federation } from '../support/federation.ts';
import { runCommand } from './run-command.ts';

const DAY_MS = 86_400_000;
let federation: Federation;
let server: IssuedCertificate;
let environment: Record<string, string>;
beforeAll(async () => {
  federation = await createFederation();
  const names = { dns: ['localhost'], ips: ['127.0.0.1'], server: true };
  server = await federation.pki.issue({
    name: 'ends',
    ...names,
    notAfter: new Date(Date.now() + 20 * DAY_MS),
  });
  environment = {
    ...federation.environment,
    PATH: process.env.PATH ?? '',
    DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/none',
    VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
    VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
  };
});
afterAll(() => federation.remove());

/** A CA as a command: OpenSSL, with the names of the request. */
function caCommand(): string {
  const { directory } = federation.pki;
  const extensions = join(federation.directory, 'extensions.conf');
  writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
  return `test -z "$DATABASE_URL" && openssl x509 -req -days 90 -CA ${directory}/ca.pem -CAkey ${directory}/ca.key -CAcreateserial -CAserial ${federation.directory}/serial -extfile ${extensions}`;
}

const renew = (...argv: string[]) => runCommand(environment, ['certs', 'renew', ...argv, '--json']);

test('not due, staged, published with the peer file, confirmed, switched', async () => {
  expect(await renew('--exec', 'exit 1', '--before', '10d')).toMatchObject({
    exitCode: 0,
    json: { state: 'not_due', sha256: server.sha256 },
  });
  // A word that was given before the certificate existed is none.
  const staged = await renew('--exec', caCommand(), '--confirmed');
  expect(staged).toMatchObject({ exitCode: 2, json: { ok: false, state: 'staged', is_new: true } });
  const next = staged.json.next_sha256;
  expect(readFileSync(server.certPath, 'utf8')).toBe(server.certPem);
  expect(readFileSync(server.keyPath, 'utf8')).toBe(server.keyPem);

  const doctor = await runCommand(environment, ['doctor', '--json']);
  const found = (name: string) => doctor.json.checks.find((check: { name: string }) => check.name === name);
  expect(found('certificate expiry')).toMatchObject({ status: 'warning' });
  expect(found('staged certificate')).toMatchObject({ status: 'warning', found: `pin ${next}` });

  // No CA is asked again, and a confirmation that fails is none.
  expect(await renew('--exec', 'exit 1', '--confirm-exec', 'exit 1')).toMatchObject({
    exitCode: 2,
    json: { state: 'staged', next_sha256: next, is_new: false },
  });
  const confirm = `read pin && test "$pin" = ${next}`;
  expect(await renew('--exec', 'exit 1', '--confirm-exec', confirm)).toMatchObject({
    exitCode: 0,
    json: { state: 'switched', sha256: next },
  });
  const certificate = new X509Certificate(readFileSync(server.certPath));
  expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(next);
  expect(existsSync(`${server.certPath}.next`)).toBe(false);
  const after = await runCommand(environment, ['doctor', '--json']);
  expect(after.json.checks).toContainEqual(
    expect.objectContaining({ name: 'certificate expiry', status: 'ok' }),
  );
});

test('a command that fails, an answer that does not fit and a wrong time are refused by name', async () => {
  const all = (...argv: string[]) => renew(...argv, '--before', '100d');
  expect(await all('--exec', 'exit 1')).toMatchObject({
    exitCode: 2,
    json: { error: { code: 'command_failed' } },
  });
  expect(await all('--exec', `cat ${federation.server.certPath}`)).toMatchObject({
    json: { error: { code: 'key_mismatch' } },
  });
  expect(await all('--exec', 'exit 1', '--ca', federation.client.certPath)).toMatchObject({ exitCode: 2 });
  expect(await renew('--exec', 'true', '--before', '30')).toMatchObject({ exitCode: 2 });
  expect(await runCommand({}, ['certs', 'renew', '--exec', 'true'])).toMatchObject({ exitCode: 78 });
  expect(existsSync(`${server.certPath}.next`)).toBe(false);
});
