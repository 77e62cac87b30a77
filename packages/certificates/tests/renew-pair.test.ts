import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  alternativeNames,
  type CertificateResult,
  createCertificateRequest,
  nextFiles,
  parseDays,
  type RenewalState,
  renewPair,
  runCommand,
  switchPair,
} from '../src/index.ts';
import { type CertificateWorld, createCertificateWorld } from './world.ts';

const DAY_MS = 86_400_000;
let world: CertificateWorld;
let serial = 0;
beforeAll(async () => {
  world = await createCertificateWorld();
});
afterAll(() => world.remove());

type Ask = (csrPem: string) => Promise<CertificateResult<string>>;

/** A server pair of its own that ends in ten days. */
async function present() {
  serial += 1;
  const issued = await world.pki.issue({
    name: `present-${serial}`,
    dns: ['gateway.test'],
    ips: ['127.0.0.1', '2001:db8::1'],
    server: true,
    notAfter: new Date(Date.now() + 10 * DAY_MS),
  });
  const files = { certFile: issued.certPath, keyFile: issued.keyPath };
  const renew = (ask: Ask, beforeDays = 30, now = Date.now): Promise<CertificateResult<RenewalState>> =>
    renewPair({
      files,
      use: 'server',
      subject: null,
      authorities: [new X509Certificate(world.pki.caCertPem)],
      beforeMs: beforeDays * DAY_MS,
      now,
      unique: 'test',
      ask,
    });
  return { issued, files, renew };
}

const byCa =
  (changes: Record<string, unknown> = {}): Ask =>
  async (csrPem) => {
    serial += 1;
    const options = { name: `renewed-${serial}`, server: true, ...changes };
    return { ok: true, value: (await world.pki.issueFromCsr(csrPem, options)).certPem };
  };
const never: Ask = () => Promise.reject(new Error('nobody is to be asked'));

test('not due: nobody is asked; due: the pair is staged beside, and the switch is two renames', async () => {
  const { issued, files, renew } = await present();
  expect(await renew(never, 9)).toMatchObject({ ok: true, value: { state: 'not_due' } });
  const staged = await renew(byCa());
  expect(staged).toMatchObject({ ok: true, value: { state: 'staged', isNew: true } });
  if (!staged.ok || staged.value.state !== 'staged') throw new Error('not staged');
  const next = nextFiles(files);
  expect(statSync(next.keyFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(files.certFile, 'utf8')).toBe(issued.certPem);
  expect(alternativeNames(staged.value.next)).toEqual(alternativeNames(staged.value.present));
  // What waits is kept.
  expect(await renew(never)).toMatchObject({
    ok: true,
    value: { state: 'staged', isNew: false, nextSha256: staged.value.nextSha256 },
  });
  // What another run has put there meanwhile is not switched to.
  expect(switchPair(files, world.client.sha256)).toMatchObject({ ok: false, code: 'key_mismatch' });
  const staging = readFileSync(next.keyFile);
  copyFileSync(issued.keyPath, next.keyFile);
  expect(switchPair(files, staged.value.nextSha256)).toMatchObject({ ok: false, code: 'key_mismatch' });
  expect(readFileSync(files.certFile, 'utf8')).toBe(issued.certPem);
  writeFileSync(next.keyFile, staging);
  expect(switchPair(files, staged.value.nextSha256)).toMatchObject({ ok: true });
  const now = new X509Certificate(readFileSync(files.certFile));
  expect(now.fingerprint256).toBe(staged.value.next.fingerprint256);
  expect(existsSync(next.keyFile)).toBe(false);
  expect(await renew(never)).toMatchObject({ ok: true, value: { state: 'not_due', finished: false } });
});

test('a crash between the two renames is ended by the next run', async () => {
  const { files, renew } = await present();
  await renew(byCa());
  const next = nextFiles(files);
  renameSync(next.certFile, files.certFile);
  expect(await renew(never)).toMatchObject({ ok: true, value: { state: 'not_due', finished: true } });
  expect(existsSync(next.keyFile)).toBe(false);
  expect(await renew(never)).toMatchObject({ ok: true, value: { finished: false } });
});

describe('what a CA must not answer', () => {
  test.each<[string, () => Ask]>([
    ['certificate_invalid', () => async () => ({ ok: true, value: 'Sorry.\n' })],
    ['key_mismatch', () => async () => ({ ok: true, value: world.server.certPem })],
    ['certificate_expired', () => byCa({ notAfter: new Date(Date.now() + 5 * DAY_MS) })],
    ['certificate_not_yet_valid', () => byCa({ notBefore: new Date(Date.now() + DAY_MS) })],
    ['certificate_usage', () => byCa({ server: false, client: true })],
    ['certificate_names', () => byCa({ dns: ['other.test'] })],
    [
      'chain_untrusted',
      () => async (csr) => {
        serial += 1;
        const options = { name: `strange-${serial}`, server: true };
        return { ok: true, value: (await world.stranger.issueFromCsr(csr, options)).certPem };
      },
    ],
    ['command_failed', () => async () => ({ ok: false, code: 'command_failed', detail: 'x' })],
  ])('%s, and nothing is staged', async (code, ask) => {
    const { files, renew } = await present();
    expect(await renew(ask())).toMatchObject({ ok: false, code });
    expect(existsSync(nextFiles(files).certFile)).toBe(false);
    expect(existsSync(nextFiles(files).keyFile)).toBe(false);
  });

  test('a file that is a link is left to whoever made it: file_is_link', async () => {
    const { files, issued } = await present();
    const link = join(world.directory, `link-${serial}.pem`);
    symlinkSync(issued.certPath, link);
    const renewal = { certFile: link, keyFile: files.keyFile };
    expect(
      await renewPair({
        files: renewal,
        use: 'server',
        subject: null,
        authorities: [],
        beforeMs: 0,
        now: Date.now,
        unique: 'x',
        ask: never,
      }),
    ).toMatchObject({ code: 'file_is_link' });
  });
});

test('what a CA made valid from the moment of its answer is valid, however long it took', async () => {
  const { renew } = await present();
  let nowMs = Date.now();
  const slowly: Ask = (csrPem) => {
    nowMs += 60_000;
    return byCa({ notBefore: new Date(nowMs) })(csrPem);
  };
  expect(await renew(slowly, 30, () => nowMs)).toMatchObject({ ok: true, value: { state: 'staged' } });
});

test('a waiting pair that is no longer good is asked for anew', async () => {
  const { files, renew } = await present();
  await renew(byCa());
  copyFileSync(world.client.certPath, nextFiles(files).certFile);
  expect(await renew(byCa())).toMatchObject({ ok: true, value: { state: 'staged', isNew: true } });
});

test('the request is one that OpenSSL reads, with the names of the present certificate', () => {
  const names = { dns: ['gateway.test'], ips: ['127.0.0.1', '2001:db8::ff'], uris: ['spiffe://a/b,c'] };
  const { csrPem } = createCertificateRequest('a, "name"', names);
  const path = join(world.directory, 'request.csr');
  writeFileSync(path, csrPem);
  const text = execFileSync('openssl', ['req', '-in', path, '-noout', '-text', '-verify'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(text).toContain('DNS:gateway.test');
  expect(text).toContain('URI:spiffe://a/b,c');
  expect(text).toContain('IP Address:127.0.0.1');
  expect(text).toContain('IP Address:2001:DB8:0:0:0:0:0:FF');
});

describe('the command of a renewal', () => {
  const run = (command: string, timeoutMs = 30_000) => {
    let said = '';
    const onStderr = (text: string) => {
      said += text;
    };
    const environment = { PATH: '/usr/bin:/bin', GIVEN: 'yes' };
    return runCommand({ command, input: 'the request', environment, timeoutMs, onStderr }).then((result) => ({
      result,
      said,
    }));
  };
  test('gets the request and answers', async () => {
    const { result, said } = await run('cat; echo "$GIVEN" >&2');
    expect([result, said]).toEqual([{ ok: true, value: 'the request' }, 'yes\n']);
  });
  test.each([['exit 3'], ['kill -9 $$'], ['head -c 300000 /dev/zero'], ['nonesuch-command']])(
    '%s: command_failed',
    async (command) => {
      expect((await run(command)).result).toMatchObject({ ok: false, code: 'command_failed' });
    },
  );
  test('one that hangs is killed with its children', async () => {
    const { result } = await run('sleep 60 & wait', 50);
    expect(result).toMatchObject({ ok: false, code: 'command_failed' });
  });
});

test('lengths of time: 30d, 12h, 90m, and nothing else', () => {
  expect(['30d', '12h', '90m'].map(parseDays)).toEqual([30 * DAY_MS, DAY_MS / 2, 5_400_000]);
  expect(['0d', '30', 'd', '-1d', '1.5d', '99999d', '1w', ''].map(parseDays)).toEqual(Array(8).fill(null));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseDays(text);
      expect(parsed === null || parsed > 0).toBe(true);
    }),
  );
});
