import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '../src/index.ts';
import { handshake } from './programs/handshake.ts';

/** `scripts/dev-pki` as a user runs it. Needs the packages built. */
const script = fileURLToPath(new URL('../../../scripts/dev-pki/main.ts', import.meta.url));
const directory = temporaryDirectory('dev-pki');
// A path that breaks every environment file whose values are not quoted.
const out = join(directory.path, "it's $HOME `here`");
afterAll(directory.remove);

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  // From another working directory: nothing may depend on it.
  return spawnSync(process.execPath, [script, ...args], { cwd: directory.path, encoding: 'utf8' });
}

/** What a POSIX shell has in its environment after sourcing the file, and only that. */
function sourced(file: string): Record<string, string> {
  const text = execFileSync('env', ['-i', 'sh', '-c', '. "$1" && env -0', 'sh', file], { encoding: 'utf8' });
  const entries = text.split('\0').filter((entry) => /^(V|SPECTRASTRIKE)/.test(entry));
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

function file(name: string): string {
  return readFileSync(join(out, name), 'utf8');
}

function publicKeyBase64(path: string): string {
  const key = createPublicKey(createPrivateKey(readFileSync(path)));
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

function pinOf(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

const IDENTITY = 'agent-under-test';
const OPERATOR = 'op "quoted"'.replaceAll(' ', '-');
const TENANT = '7F3C2A10-4f5e-4c1d-9b8a-2d6e0c9a1b55';

beforeAll(() => {
  const hosts = ['--host', 'gateway.example', '--host', 'localhost', '--host', '127.0.0.1'];
  const names = ['--identity', IDENTITY, '--operator', OPERATOR, '--tenant', TENANT];
  const made = run('--out', out, ...hosts, ...names, '--port', '18443');
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
  expect(made.stdout).not.toContain('PRIVATE');
});

describe('what is made', () => {
  test('the directory is 0700 and every file 0600', () => {
    expect(statSync(out).mode & 0o777).toBe(0o700);
    const files = readdirSync(out);
    expect(files).toHaveLength(13);
    for (const name of files) expect([name, statSync(join(out, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  test('both certificates are of the CA, for their own use and names, and shake hands', async () => {
    const ca = new X509Certificate(file('ca.pem'));
    const [server, client] = [file('server.crt'), file('client.crt')].map((pem) => new X509Certificate(pem));
    expect(server?.checkIssued(ca) && server.verify(ca.publicKey)).toBe(true);
    expect(client?.checkIssued(ca) && client.verify(ca.publicKey)).toBe(true);
    expect(server?.subjectAltName).toBe('DNS:gateway.example, DNS:localhost, IP Address:127.0.0.1');
    expect(client?.subjectAltName).toBeUndefined();
    expect([server?.keyUsage, client?.keyUsage]).toEqual([['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.2']]);
    const serverSide = { certPem: file('server.crt'), keyPem: file('server.key') };
    const clientSide = { certPem: file('client.crt'), keyPem: file('client.key') };
    expect(await handshake(serverSide, file('ca.pem'), clientSide, file('ca.pem'))).toEqual({
      server: pinOf(file('client.crt')),
      client: pinOf(file('server.crt')),
    });
  });

  test('the gateway trusts exactly the agent that was made', () => {
    const gateway = sourced(join(out, 'gateway.env'));
    expect(JSON.parse(gateway.VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON ?? '')).toEqual({
      [IDENTITY]: [pinOf(file('client.crt'))],
    });
    expect(JSON.parse(gateway.VV_TG_OPERATOR_TENANT_MAP ?? '')).toEqual({ [OPERATOR]: TENANT });
    expect(gateway.VV_TG_SPECTRASTRIKE_ED25519_PUBKEY).toBe(publicKeyBase64(join(out, 'telemetry.key')));
    expect(gateway.VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY).toBe(
      publicKeyBase64(join(out, 'evidence.key')),
    );
    expect(gateway.VV_TG_LISTEN).toBe('127.0.0.1:18443');
    const keys = JSON.parse(gateway.VV_TG_FEEDBACK_ED25519_KEYS_JSON ?? '');
    expect(keys).toEqual({ [gateway.VV_TG_FEEDBACK_ACTIVE_KID ?? '']: join(out, 'feedback.key') });
  });

  test('the agent trusts exactly the gateway that was made', () => {
    const agent = sourced(join(out, 'agent.env'));
    const kid = sourced(join(out, 'gateway.env')).VV_TG_FEEDBACK_ACTIVE_KID ?? '';
    expect(agent.VECTORVUE_FEDERATION_URL).toBe('https://gateway.example:18443');
    expect(agent.VECTORVUE_FEDERATION_SERVICE_IDENTITY).toBe(IDENTITY);
    expect(agent.VECTORVUE_FEDERATION_OPERATOR_ID).toBe(OPERATOR);
    expect(agent.VECTORVUE_FEDERATION_TENANT_ID).toBe(TENANT);
    expect(agent.VECTORVUE_FEDERATION_CLIENT_CERT_SHA256).toBe(pinOf(file('client.crt')));
    expect(agent.VECTORVUE_FEDERATION_SERVER_CERT_SHA256).toBe(pinOf(file('server.crt')));
    expect(JSON.parse(agent.VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON ?? '')).toEqual({
      [kid]: publicKeyBase64(join(out, 'feedback.key')),
    });
  });

  test('every path in either environment exists, except the data directories, which each end makes', () => {
    const all = { ...sourced(join(out, 'gateway.env')), ...sourced(join(out, 'agent.env')) };
    const paths = Object.entries(all).filter(([name]) => /_(PATH|FILE)$/.test(name));
    expect(paths).toHaveLength(9);
    for (const [name, path] of paths) expect([name, existsSync(path)]).toEqual([name, true]);
    for (const name of ['VV_TG_DATA_DIR', 'SPECTRASTRIKE_DATA_DIR'])
      expect(all[name]?.startsWith(out)).toBe(true);
  });
});

describe('what is refused', () => {
  test('an existing directory stays as it is without --force', () => {
    const before = file('ca.pem');
    const again = run('--out', out);
    expect([again.status, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('--force');
    expect(file('ca.pem')).toBe(before);
  });

  test('--force replaces what was made and leaves other files', () => {
    const before = file('ca.pem');
    mkdirSync(join(out, 'gateway-data'));
    writeFileSync(join(out, 'gateway-data', 'database'), 'rows');
    const again = run('--out', out, '--force', '--json');
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      directory: out,
      serverSha256: pinOf(file('server.crt')),
    });
    expect(file('ca.pem')).not.toBe(before);
    expect(readFileSync(join(out, 'gateway-data', 'database'), 'utf8')).toBe('rows');
  });

  test('--force does not touch a directory that it did not make, nor one that others can enter', () => {
    const foreign = join(directory.path, 'foreign');
    mkdirSync(foreign, { mode: 0o700 });
    writeFileSync(join(foreign, 'server.key'), 'precious');
    expect(run('--out', foreign, '--force')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not made by'),
    });
    writeFileSync(join(foreign, 'dev-pki.json'), '{}');
    chmodSync(foreign, 0o755);
    expect(run('--out', foreign, '--force')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('open to'),
    });
    expect(readFileSync(join(foreign, 'server.key'), 'utf8')).toBe('precious');
  });

  test.each([
    [[], '--out'],
    [['--out'], '--out'],
    [['--out', 'x', '--host', 'a b'], '--host'],
    [['--out', 'x', '--host', '999.1.1.1'], '--host'],
    [['--out', 'x', '--port', '0'], '--port'],
    [['--out', 'x', '--port', '65536'], '--port'],
    [['--out', 'x', '--port', '9464'], 'must differ'],
    [['--out', 'x', '--tenant', 'acme'], '--tenant'],
    [['--out', 'x', '--identity', 'två'], '--identity'],
    [['--out', 'x', '--listen', 'localhost'], '--listen'],
    [['--out', 'x', '--wat'], '--wat'],
    [['--out', 'x', 'y'], 'y'],
  ])('wrong arguments %j end with 64 and make nothing', (args, named) => {
    const result = run(...args);
    expect([result.status, result.stdout]).toEqual([64, '']);
    expect(result.stderr).toContain(named);
    expect(existsSync(join(directory.path, 'x'))).toBe(false);
  });

  test('a directory that cannot be made is one line, not a stack', () => {
    const result = run('--out', '/dev/null/x');
    expect(result.status).toBe(1);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });
});

test('--help shows an example and every option', () => {
  const { status, stdout } = run('--help');
  expect(status).toBe(0);
  for (const word of ['example:', '--out', '--host', '--force', '--json', 'exit code'])
    expect(stdout).toContain(word);
});
