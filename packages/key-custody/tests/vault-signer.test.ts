import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyEd25519 } from '@nyxera/federation-protocol';
import { createPki, type IssuedCertificate, type Pki } from '@nyxera/federation-testing/pki';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import { startVaultStandIn, type VaultStandIn } from '@nyxera/federation-testing/vault-stand-in';
import { signerContract } from '../src/contract.ts';
import { type OpenSignerOptions, openSigner, type Signer } from '../src/index.ts';
import { describeRealVault } from './support/real-vault.ts';
import { TestTime } from './support/test-time.ts';

const directory = temporaryDirectory('vault');
const opened: Signer[] = [];
let pki: Pki;
let certificate: IssuedCertificate;
let time: TestTime;
let vault: VaultStandIn;
let token: string;
let tokenPath: string;
let uri: string;

beforeAll(async () => {
  pki = await createPki(join(directory.path, 'pki'));
  certificate = await pki.issue({ name: 'vault', server: true, ips: ['127.0.0.1'] });
});

beforeEach(async () => {
  time = new TestTime();
  vault = await startVaultStandIn({
    tls: { cert: certificate.certPem, key: certificate.keyPem },
    namespace: 'red',
    maxStringBytes: 16 * 1024 * 1024,
    now: time.now,
  });
  vault.transit.create('k');
  token = vault.tokens.create();
  tokenPath = secretFile(token);
  uri = `${at(vault)}&token-file=${tokenPath}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((signer) => signer.close()));
  await vault.stop();
});
afterAll(directory.remove);

function at(server: VaultStandIn, key = 'k'): string {
  return `vault:transit/keys/${key}?address=${server.address}&namespace=red&ca-file=${pki.caCertPath}`;
}

function secretFile(content: string, mode = 0o600): string {
  const path = join(directory.path, `secret-${Math.random()}`);
  writeFileSync(path, `${content}\n`, { mode });
  chmodSync(path, mode);
  return path;
}

async function open(from: string = uri, options: OpenSignerOptions = {}): Promise<Signer> {
  const result = await openSigner(from, { time, ...options });
  if (!result.ok) throw new Error(result.detail);
  opened.push(result.value);
  return result.value;
}

async function refusal(from: string, options: OpenSignerOptions = {}): Promise<string> {
  const result = await openSigner(from, { time, ...options });
  if (result.ok) {
    opened.push(result.value);
    return 'opened';
  }
  return `${result.code} ${result.detail}`;
}

const MESSAGE = new TextEncoder().encode('a message');
const sign = (signer: Signer): Promise<Uint8Array> => signer.sign(MESSAGE);

signerContract('vault, stand-in over TLS', () => open(), {
  get secrets(): readonly string[] {
    return [token];
  },
  breakCustodian: async () => {
    vault.sealed = true;
  },
  mendCustodian: async () => {
    vault.sealed = false;
  },
});

describe('key versions', () => {
  test('the latest at opening is kept through a rotation, and a pinned one is taken', async () => {
    const first = await open();
    const kid = await first.kid();
    expect(vault.transit.rotate('k')).toBe(2);
    expect(verifyEd25519(await first.publicKey(), MESSAGE, await sign(first))).toBe(true);
    expect(await first.kid()).toBe(kid);
    expect(first.capabilities.custodian).toBe(`Vault ${vault.address} transit/keys/k version 1`);

    const second = await open();
    expect(Buffer.from((await second.publicKey()).raw)).toEqual(Buffer.from(vault.transit.publicKey('k', 2)));
    expect(await (await open(`${uri}&version=1`)).kid()).toBe(kid);
    expect(await refusal(`${uri}&version=3`)).toMatch(/^key_invalid key_not_found: /);
    vault.transit.configure('k', 2);
    expect(await refusal(`${uri}&version=1`)).toMatch(/^key_invalid key_unsuitable: min_encryption_version/);
    await expect(sign(first)).rejects.toMatchObject({ fault: 'vault_request_refused', code: 'key_invalid' });
  });

  test('keys that must not sign are refused, and one that could leave is told', async () => {
    vault.transit.create('ec', { type: 'ecdsa-p256' });
    vault.transit.create('derived', { derived: true });
    vault.transit.create('leaky', { exportable: true });
    const with_ = (key: string): string => `${at(vault, key)}&token-file=${tokenPath}`;
    expect(await refusal(with_('ec'))).toMatch(/key_unsuitable: the key is of another type/);
    expect(await refusal(with_('derived'))).toMatch(/key_unsuitable: the key is derived/);
    expect(await refusal(with_('absent'))).toMatch(/vault_path_not_found: /);
    expect((await open(with_('leaky'))).capabilities.custodian).toMatch(/give the key out/);
  });

  test('a signature that does not verify is not handed out', async () => {
    const signer = await open();
    vault.transit.damageNext = true;
    await expect(sign(signer)).rejects.toMatchObject({ fault: 'signature_wrong' });
    expect(await signer.health()).toEqual({ ok: true });
  });
});

describe('batches', () => {
  test('what is asked for at once shares a request, and each gets its own signature', async () => {
    const signer = await open();
    const key = await signer.publicKey();
    vault.batches.length = 0;
    const messages = Array.from({ length: 600 }, (_, index) => new TextEncoder().encode(`message ${index}`));
    const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
    for (const [index, message] of messages.entries()) {
      expect(verifyEd25519(key, message, signatures[index] ?? new Uint8Array())).toBe(true);
    }
    expect(vault.batches.reduce((sum, size) => sum + size, 0)).toBe(600);
    expect(vault.batches.length).toBeLessThanOrEqual(6);
    expect(Math.max(...vault.batches)).toBe(256);
    expect(signer.capabilities.batch).toBe(true);
  });

  test('a message of a batch that is refused does not take the others with it', async () => {
    const signer = await open();
    const good = await sign(signer);
    const answer = (signature: string) => ({ signature, key_version: 1 });
    const text = `vault:v1:${Buffer.from(good).toString('base64')}`;
    const results = [
      answer(text),
      { error: `no for ${token}` },
      answer('vault:v2:AAAA'),
      answer('vault:v1:AAAA'),
    ];
    // Two single requests are on their way, and the four that come after them go together.
    const answered = (body: Readonly<Record<string, unknown>>) =>
      body.batch_input === undefined ? { data: answer(text) } : { data: { batch_results: results } };
    for (let request = 0; request < 3; request += 1) {
      vault.next.push((body) => ({ status: 200, body: answered(body) }));
    }
    const six = Array.from({ length: 6 }, () => sign(signer));
    const settled = await Promise.allSettled(six);
    expect(settled.map((each) => (each.status === 'fulfilled' ? 'signed' : each.reason.fault))).toEqual([
      'signed',
      'signed',
      'signed',
      'vault_request_refused',
      'vault_answer_invalid',
      'vault_answer_invalid',
    ]);
    expect(JSON.stringify(settled)).not.toContain(token);
  });

  test.each([
    ['no JSON', 'not json'],
    ['no data', {}],
    ['another version', { data: { signature: `vault:v9:${'A'.repeat(86)}==` } }],
    ['a signature of 63 bytes', { data: { signature: `vault:v1:${Buffer.alloc(63).toString('base64')}` } }],
    ['no prefix', { data: { signature: `${'A'.repeat(86)}==` } }],
  ])('an answer with %s is refused', async (_name, body) => {
    const signer = await open();
    vault.next.push({ status: 200, body });
    await expect(sign(signer)).rejects.toMatchObject({ fault: 'vault_answer_invalid' });
  });
});

describe('error answers', () => {
  const error = (status: number, text = 'x', headers = {}) => ({ status, headers, body: { errors: [text] } });

  test.each([
    [400, 'vault_request_refused', 'key_invalid'],
    [403, 'vault_permission_denied', 'key_invalid'],
    [404, 'vault_path_not_found', 'key_invalid'],
    [405, 'vault_request_refused', 'key_invalid'],
    [413, 'input_too_large', 'key_invalid'],
    [307, 'vault_redirected', 'key_invalid'],
  ])('%i is %s, and is not asked again', async (status, fault, code) => {
    const signer = await open();
    const before = vault.requests.length;
    vault.next.push(error(status, `about ${token}`, { Location: 'https://elsewhere.example/' }));
    const thrown = await sign(signer).catch((each: unknown) => each);
    expect(thrown).toMatchObject({ fault, code });
    expect(String(thrown)).not.toContain(token);
    expect(vault.requests.slice(before).filter((each) => each.includes('/sign/'))).toHaveLength(1);
    expect(time.waits).toEqual([]);
  });

  test.each([[412], [429], [500], [502], [503]])(
    '%i is asked again, with backoff, and succeeds',
    async (status) => {
      const signer = await open();
      vault.next.push(error(status), error(status), error(status));
      expect(verifyEd25519(await signer.publicKey(), MESSAGE, await sign(signer))).toBe(true);
      expect(time.waits).toEqual([50, 200, 800]);
    },
  );

  test.each([
    [429, 'vault_rate_limited'],
    [473, 'vault_rate_limited'],
    [500, 'vault_failed'],
    [503, 'vault_failed'],
  ])('%i four times is %s, and may succeed later', async (status, fault) => {
    const signer = await open();
    vault.next.push(error(status), error(status), error(status), error(status));
    await expect(sign(signer)).rejects.toMatchObject({ fault, code: 'service_unavailable' });
    expect(await signer.health()).toEqual({ ok: true });
  });

  test('a cut connection is asked again; a server that is gone is named', async () => {
    const signer = await open();
    vault.next.push(null, null);
    expect(await sign(signer)).toHaveLength(64);
    await vault.stop();
    await expect(sign(signer)).rejects.toMatchObject({
      fault: 'vault_unreachable',
      code: 'service_unavailable',
    });
  });

  test('Retry-After is honoured up to five seconds', async () => {
    const signer = await open();
    vault.next.push(error(429, 'quota', { 'Retry-After': '3' }));
    expect(await sign(signer)).toHaveLength(64);
    expect(time.waits).toEqual([3_000]);
    vault.next.push(error(429, 'quota', { 'Retry-After': '60' }));
    await expect(sign(signer)).rejects.toMatchObject({ fault: 'vault_rate_limited' });
    expect(time.waits).toEqual([3_000]);
  });

  test('a sealed server is named at once, also while opening', async () => {
    const signer = await open();
    vault.sealed = true;
    await expect(sign(signer)).rejects.toMatchObject({ fault: 'vault_sealed', code: 'service_unavailable' });
    expect(await refusal(uri)).toMatch(/^service_unavailable vault_sealed: /);
    expect(time.waits).toEqual([]);
  });
});

describe('the way there', () => {
  test('a server of another CA, another name or none is refused before a token is sent', async () => {
    expect(await refusal(uri.replace(/&ca-file=[^&]*/, ''))).toMatch(/vault_tls_failed: .*ca-file/);
    expect(await refusal(uri.replace('127.0.0.1', 'localhost'))).toMatch(/vault_tls_failed: /);
    expect(await refusal(uri.replace(pki.caCertPath, tokenPath))).toMatch(
      /vault_tls_failed: .*PEM certificates/,
    );
    expect(vault.requests).toEqual([]);
  });

  test('another namespace finds nothing', async () => {
    expect(await refusal(uri.replace('namespace=red', 'namespace=blue'))).toMatch(/vault_p/);
  });

  test('an input that the server does not take is refused when the signer is opened', async () => {
    const small = await startVaultStandIn({ maxStringBytes: 1024 * 1024 });
    try {
      small.transit.create('k');
      const path = secretFile(small.tokens.create());
      const there = `vault:transit/keys/k?address=${small.address}&token-file=${path}`;
      const largest = (1024 * 1024 * 3) / 4;
      await open(there, { largestInputBytes: largest });
      expect(await refusal(there, { largestInputBytes: largest + 1 })).toMatch(
        /^key_invalid input_too_large: /,
      );
      expect(await refusal(`${there}&max-input=1000`, { largestInputBytes: 1001 })).toMatch(
        /input_too_large: max-input/,
      );
      await expect((await open(`${there}&max-input=1000`)).sign(new Uint8Array(1001))).rejects.toMatchObject({
        fault: 'input_too_large',
      });
    } finally {
      await small.stop();
    }
  });
});

describe('tokens', () => {
  test('the token file must be private and hold a token', async () => {
    chmodSync(tokenPath, 0o644);
    expect(await refusal(uri)).toMatch(/vault_permission_denied: key_permissions: /);
    expect(await refusal(uri.replace(tokenPath, secretFile('two words')))).toMatch(
      /vault_permission_denied: /,
    );
    rmSync(tokenPath);
    expect(await refusal(uri)).toMatch(/does not exist/);
    expect(vault.requests).toEqual([]);
  });

  test('a token is renewed after two thirds of its life, also while nobody signs, until the signer is closed', async () => {
    writeFileSync(tokenPath, vault.tokens.create({ ttl: 900 }));
    const signer = await open();
    for (let renewals = 1; renewals <= 5; renewals += 1) {
      time.advance(601_000);
      await until(() => vault.tokens.renewals === renewals && time.timers === 1);
    }
    expect(await signer.health()).toEqual({ ok: true });
    await signer.close();
    expect(time.timers).toBe(0);
  });

  test('a renewal that fails in passing is tried again while the token lives', async () => {
    writeFileSync(tokenPath, vault.tokens.create({ ttl: 900 }));
    await open();
    vault.next.push({ status: 500 });
    time.advance(601_000);
    await until(() => vault.next.length === 0 && time.timers === 1);
    time.advance(30_000);
    await until(() => vault.tokens.renewals === 1);
  });

  test('a token that may not look at itself signs, and a server that is away for its first answer is asked again', async () => {
    vault.next.push({ status: 403, body: { errors: ['permission denied'] } });
    expect(await sign(await open())).toHaveLength(64);
    writeFileSync(tokenPath, vault.tokens.create({ ttl: 900 }));
    vault.next.push(null);
    expect(await sign(await open())).toHaveLength(64);
    expect(time.timers).toBe(1);
  });

  test('a file that was written anew is read again; the same refused token is a fault', async () => {
    const signer = await open();
    vault.tokens.revoke(token);
    await expect(sign(signer)).rejects.toMatchObject({ fault: 'vault_permission_denied' });
    const next = vault.tokens.create();
    writeFileSync(tokenPath, next);
    expect(await sign(signer)).toHaveLength(64);
  });

  test('a policy that lacks the key is told as one', async () => {
    vault.tokens.denied.add('sign/k');
    expect(await refusal(uri)).toMatch(/vault_permission_denied: .*policy/);
  });

  test('AppRole logs in, renews, and logs in again when its token cannot live longer or was revoked', async () => {
    const role = vault.tokens.createRole({ ttl: 900, maxTtl: 1_000 });
    const secretPath = secretFile(role.secretId);
    const signer = await open(`${at(vault)}&role-id=${role.roleId}&secret-id-file=${secretPath}`);
    expect(vault.tokens.logins).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => sign(signer)));
    expect(vault.tokens.logins).toBe(1);
    time.advance(601_000);
    await until(() => vault.tokens.renewals === 1 && time.timers === 1);
    time.advance(1_000_000);
    await until(() => vault.tokens.logins === 2 && time.timers === 1);
    vault.tokens.revokeAll();
    const signatures = await Promise.all(Array.from({ length: 20 }, () => sign(signer)));
    expect(signatures).toHaveLength(20);
    expect(vault.tokens.logins).toBe(3);

    // The one of the file, made before each test, was revoked too; what is left is the role's, and is given back.
    const short = await open(`${at(vault)}&role-id=${role.roleId}&secret-id-file=${secretPath}`);
    expect(vault.tokens.living).toBe(2);
    await short.close();
    expect(vault.tokens.living).toBe(1);

    writeFileSync(secretPath, 'wrong');
    vault.tokens.revokeAll();
    const thrown = await sign(signer).catch((each: unknown) => each);
    expect(thrown).toMatchObject({ fault: 'vault_login_refused' });
    expect(String(thrown)).not.toContain(role.secretId);
  });
});

/** Waits for answers that are on their way; the test's clock stands still meanwhile. */
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 5_000 && !condition(); turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(condition()).toBe(true);
}

describeRealVault();
