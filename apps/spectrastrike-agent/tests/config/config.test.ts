import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { formatVerifierKey, NOTE_COSIGNATURE_V1 } from '@nyxera/federation-protocol';
import {
  type ConfigResult,
  type Environment,
  EXIT_CONFIG,
  loadConfig,
  loadDeliveryConfig,
  loadLaneConfig,
  loadStateConfig,
} from '../../src/config.ts';
import { readCredentials } from '../../src/gateway-client/credentials.ts';
import { createSuite, type Suite } from '../support/delivery-harness.ts';
import { TENANT } from '../support/events.ts';
import { logKey, ORIGIN, verifierKey } from '../witness/test-log.ts';

let suite: Suite;
let good: Environment;

beforeAll(async () => {
  suite = await createSuite();
  good = {
    VECTORVUE_FEDERATION_URL: 'https://gateway.test:8443/',
    VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'spectrastrike-agent',
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: suite.client.certPath,
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: suite.client.keyPath,
    VECTORVUE_FEDERATION_MTLS_CA_FILE: suite.pki.caCertPath,
    VECTORVUE_FEDERATION_SIGNING_KEY_PATH: join(suite.directory, 'telemetry.key'),
    VECTORVUE_FEDERATION_OPERATOR_ID: 'op-001',
    VECTORVUE_FEDERATION_TENANT_ID: TENANT,
    SPECTRASTRIKE_DATA_DIR: join(suite.directory, 'data'),
  };
});
afterAll(() => suite.remove());

function faultsOf(result: ConfigResult<unknown>): Record<string, string> {
  if (result.ok) throw new Error('no fault was found');
  return Object.fromEntries(result.faults.map((fault) => [fault.variable, fault.code ?? fault.problem]));
}

describe('what is needed', () => {
  test('everything, with its defaults', async () => {
    const result = await loadConfig(good);
    expect(result).toMatchObject({
      ok: true,
      warnings: [],
      value: {
        gatewayUrl: 'https://gateway.test:8443',
        tenantId: TENANT,
        schemaVersion: '1.0',
        tls: { minVersion: 'TLSv1.3', serverPins: [] },
        feedbackKeys: [],
        requireBinding: true,
        concurrency: 8,
        laneProbeMs: 60_000,
      },
    });
  });

  test('the evidence key is the signing key, unless one is named; a bad one is a fault of its own', async () => {
    const signing = good.VECTORVUE_FEDERATION_SIGNING_KEY_PATH;
    expect(await loadConfig(good)).toMatchObject({ ok: true, value: { evidenceKeyUri: signing } });
    const own = join(suite.directory, 'evidence.key');
    await generateKeyFile(own);
    const named = { ...good, VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH: own };
    expect(await loadConfig(named)).toMatchObject({
      ok: true,
      value: { signingKeyUri: signing, evidenceKeyUri: own },
    });
    chmodSync(own, 0o644);
    expect(faultsOf(await loadConfig(named))).toEqual({
      VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH: 'key_permissions',
    });
  });

  test('the state alone needs nothing; its place follows XDG', async () => {
    expect(await loadStateConfig({ HOME: '/home/x' })).toMatchObject({
      ok: true,
      value: { dataDir: '/home/x/.local/state/spectrastrike-agent' },
    });
    expect(await loadStateConfig({ HOME: '/home/x', XDG_STATE_HOME: '/var/x' })).toMatchObject({
      ok: true,
      value: { dataDir: '/var/x/spectrastrike-agent' },
    });
  });

  test('all faults at once, each under its variable; exit code 78', async () => {
    expect(EXIT_CONFIG).toBe(78);
    const result = await loadConfig({
      VECTORVUE_FEDERATION_URL: 'http://gateway.test',
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'with space',
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: '/nowhere/cert',
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: '/nowhere/key',
      VECTORVUE_FEDERATION_MTLS_CA_FILE: suite.client.keyPath,
      VECTORVUE_FEDERATION_SERVER_CERT_SHA256: 'abc',
      VECTORVUE_FEDERATION_TLS_MIN_VERSION: '1.1',
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: '/nowhere/signing',
      VECTORVUE_FEDERATION_TENANT_ID: 'not a tenant',
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: '{"a b":"x"}',
      VECTORVUE_FEEDBACK_VERIFY_PUBLIC_KEY_B64: Buffer.alloc(32).toString('base64'),
      VECTORVUE_FEEDBACK_REQUIRE_BINDING: 'perhaps',
      SPECTRASTRIKE_LOG_LEVEL: 'loud',
      SPECTRASTRIKE_CONCURRENCY: '0',
    });
    expect(faultsOf(result)).toEqual({
      VECTORVUE_FEDERATION_URL: 'insecure_transport',
      VECTORVUE_FEDERATION_SERVICE_IDENTITY: expect.any(String),
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: 'cannot be read (ENOENT)',
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: 'key_invalid',
      VECTORVUE_FEDERATION_MTLS_CA_FILE: 'is not a file with a PEM certificate',
      VECTORVUE_FEDERATION_SERVER_CERT_SHA256: expect.any(String),
      VECTORVUE_FEDERATION_TLS_MIN_VERSION: 'insecure_transport',
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: 'key_invalid',
      VECTORVUE_FEDERATION_OPERATOR_ID: 'is not set',
      VECTORVUE_FEDERATION_TENANT_ID: expect.any(String),
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: expect.stringContaining('kid'),
      VECTORVUE_FEEDBACK_VERIFY_PUBLIC_KEY_B64: 'key_invalid',
      VECTORVUE_FEEDBACK_REQUIRE_BINDING: expect.any(String),
      SPECTRASTRIKE_LOG_LEVEL: expect.any(String),
      SPECTRASTRIKE_CONCURRENCY: expect.any(String),
    });
  });

  test('aliases, and a variable set to nothing counts as unset', async () => {
    const { VECTORVUE_FEDERATION_MTLS_CERT_FILE, VECTORVUE_FEDERATION_MTLS_KEY_FILE, ...rest } = good;
    const result = await loadDeliveryConfig({
      ...rest,
      VECTORVUE_FEDERATION_URL: '',
      VECTORVUE_BASE_URL: 'https://other.test/base/',
      VECTORVUE_MTLS_CLIENT_CERT_FILE: VECTORVUE_FEDERATION_MTLS_CERT_FILE,
      VECTORVUE_MTLS_CLIENT_KEY_FILE: VECTORVUE_FEDERATION_MTLS_KEY_FILE,
    });
    expect(result).toMatchObject({ ok: true, value: { gatewayUrl: 'https://other.test/base' } });
  });

  test.each(['1', 'TRUE', 'Yes', 'on'])('boolean %s', async (text) => {
    const result = await loadConfig({ ...good, VECTORVUE_FEEDBACK_REQUIRE_BINDING: text });
    expect(result).toMatchObject({ ok: true, value: { requireBinding: true } });
  });
});

describe('keys, pins and files', () => {
  test('a key that others may read is refused by its own code', async () => {
    const open = join(suite.directory, 'open.key');
    writeFileSync(open, suite.client.keyPem, { mode: 0o600 });
    chmodSync(open, 0o644);
    const result = await loadDeliveryConfig({
      ...good,
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: open,
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: open,
    });
    expect(faultsOf(result)).toEqual({
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: 'key_permissions',
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: 'key_permissions',
    });
  });

  test('the key of another certificate is found out', async () => {
    const other = await suite.pki.issue({ name: 'other', client: true });
    const result = await loadDeliveryConfig({ ...good, VECTORVUE_FEDERATION_MTLS_KEY_FILE: other.keyPath });
    expect(faultsOf(result)).toEqual({ VECTORVUE_FEDERATION_MTLS_KEY_FILE: 'key_invalid' });
  });

  test('a start between two renames: the key that arrives a moment after its certificate is waited for', async () => {
    const other = await suite.pki.issue({ name: 'late', client: true });
    const at = (file: string) => join(suite.directory, `late-pair.${file}`);
    copyFileSync(other.certPath, at('crt'));
    copyFileSync(suite.client.keyPath, at('key'));
    copyFileSync(other.keyPath, at('key.next'));
    const files = {
      VECTORVUE_FEDERATION_MTLS_CERT_FILE: at('crt'),
      VECTORVUE_FEDERATION_MTLS_KEY_FILE: at('key'),
    };
    const config = loadDeliveryConfig({ ...good, ...files });
    const tls = { certFile: at('crt'), keyFile: at('key'), caFile: null, minVersion: 'TLSv1.3' } as const;
    const credentials = readCredentials({ ...tls, serverPins: [] });
    await sleep(100);
    renameSync(at('key.next'), at('key'));
    expect(await config).toMatchObject({ ok: true });
    expect(await credentials).toMatchObject({ ok: true, value: { certSha256: other.sha256 } });
    copyFileSync(suite.client.keyPath, at('key'));
    expect(await readCredentials({ ...tls, serverPins: [] })).toMatchObject({
      ok: false,
      code: 'key_invalid',
    });
  });

  test('the declared client fingerprint is compared with the file, colons or not', async () => {
    const colons = suite.client.sha256.toUpperCase().replace(/..(?!$)/g, '$&:');
    const right = await loadDeliveryConfig({ ...good, VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: colons });
    expect(right.ok).toBe(true);
    const wrong = await loadDeliveryConfig({
      ...good,
      VECTORVUE_FEDERATION_CLIENT_CERT_SHA256: 'ab'.repeat(32),
    });
    expect(Object.keys(faultsOf(wrong))).toEqual(['VECTORVUE_FEDERATION_CLIENT_CERT_SHA256']);
  });

  test.each([
    [`${'AB'.repeat(32)}, ${'cd'.repeat(32)}`],
    [JSON.stringify(['ab'.repeat(32), 'cd'.repeat(32)])],
  ])('pins as %s', async (text) => {
    const result = await loadDeliveryConfig({ ...good, VECTORVUE_FEDERATION_SERVER_CERT_SHA256: text });
    expect(result).toMatchObject({
      ok: true,
      value: { tls: { serverPins: ['ab'.repeat(32), 'cd'.repeat(32)] } },
    });
  });

  test('feedback keys: written out, by path, by file:, in a file of their own, and the single key', async () => {
    const base64 = (await suite.signer.publicKey()).toBase64();
    const keyFile = join(suite.directory, 'feedback.b64');
    const setFile = join(suite.directory, 'feedback.json');
    writeFileSync(keyFile, `${base64}\n`);
    writeFileSync(setFile, JSON.stringify({ k1: base64, k2: keyFile }));
    const inline = JSON.stringify({ k1: base64, k2: `file:${keyFile}` });
    for (const value of [inline, setFile, `file:${setFile}`, `file://${setFile}`]) {
      const result = await loadConfig({
        ...good,
        VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: value,
        VECTORVUE_FEEDBACK_VERIFY_PUBLIC_KEY_B64: base64,
      });
      if (!result.ok) throw new Error(JSON.stringify(result.faults));
      expect(result.value.feedbackKeys.map((key) => key.kid)).toEqual(['k1', 'k2', 'default']);
    }
    const twice = await loadConfig({
      ...good,
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: `{"k":"${base64}","k":"${base64}"}`,
    });
    expect(twice.ok).toBe(false);
  });

  test('a feedback key file may be raw or PEM; a private key in its place is refused', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const file = join(suite.directory, 'feedback-key');
    const load = (content: string | Buffer) => {
      writeFileSync(file, content);
      return loadConfig({ ...good, VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ k: file }) });
    };
    for (const content of [raw, publicKey.export({ format: 'pem', type: 'spki' })]) {
      const result = await load(content);
      if (!result.ok) throw new Error(JSON.stringify(result.faults));
      expect(result.value.feedbackKeys[0]?.key.toBase64()).toBe(raw.toString('base64'));
    }
    expect(faultsOf(await load(privateKey.export({ format: 'pem', type: 'pkcs8' })))).toEqual({
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: 'key_invalid',
    });
  });

  test("the keys of the gateway's log: one or several of one log, by blanks; required only with a key", async () => {
    const [first, second] = [logKey(), logKey()];
    const both = `${verifierKey(first)}  ${verifierKey(second)}`;
    const result = await loadConfig({
      ...good,
      VECTORVUE_AUDIT_LOG_KEY: both,
      VECTORVUE_AUDIT_REQUIRED: 'on',
    });
    expect(result).toMatchObject({ ok: true, value: { auditRequired: true, log: { origin: ORIGIN } } });
    expect(result.ok && result.value.log?.verifiers.length).toBe(2);
    expect(await loadConfig(good)).toMatchObject({
      ok: true,
      value: { auditRequired: false, log: null, witnessKeyUri: null },
    });
    const witness = formatVerifierKey({ name: ORIGIN, type: NOTE_COSIGNATURE_V1, key: first.key });
    for (const value of [
      'hello',
      verifierKey(first).slice(1),
      `${verifierKey(first)} ${verifierKey(second, 'other.example/audit')}`,
      witness,
      Array(9).fill(verifierKey(first)).join(' '),
    ]) {
      expect(faultsOf(await loadConfig({ ...good, VECTORVUE_AUDIT_LOG_KEY: value }))).toEqual({
        VECTORVUE_AUDIT_LOG_KEY: 'key_invalid',
      });
    }
    const required = await loadConfig({ ...good, VECTORVUE_AUDIT_REQUIRED: '1' });
    expect(Object.keys(faultsOf(required))).toEqual(['VECTORVUE_AUDIT_LOG_KEY']);
    const missing = { ...good, VECTORVUE_FEDERATION_WITNESS_KEY_PATH: '/nowhere/witness.key' };
    expect(faultsOf(await loadConfig(missing))).toEqual({
      VECTORVUE_FEDERATION_WITNESS_KEY_PATH: 'key_invalid',
    });
  });

  test('no fault and no configuration shows a private byte', async () => {
    const result = await loadConfig(good);
    expect(JSON.stringify(result)).not.toContain('PRIVATE KEY');
  });
});

describe('SPECTRASTRIKE_CONFIG_FILE', () => {
  test('the file gives values, the environment wins, a name that nobody reads is warned about', async () => {
    const path = join(suite.directory, 'agent.env');
    const lines = Object.entries(good).map(([name, value]) => `export ${name}='${value}'`);
    writeFileSync(
      path,
      `# comment\n\n${lines.join('\n')}\nVECTORVUE_FEDERATION_SERVER_CERT_SHA265="x"\r\nOTHER=1\n`,
    );
    const result = await loadLaneConfig({
      SPECTRASTRIKE_CONFIG_FILE: path,
      VECTORVUE_FEDERATION_OPERATOR_ID: 'op-2',
    });
    expect(result).toMatchObject({ ok: true, value: { operatorId: 'op-2', tenantId: TENANT } });
    expect(result.ok && result.warnings).toEqual([expect.stringContaining('SHA265')]);
  });

  test('a line that is none, a name set twice, a file that is not there', async () => {
    const path = join(suite.directory, 'bad.env');
    writeFileSync(path, 'what is this\nSPECTRASTRIKE_LOG_LEVEL=info\nSPECTRASTRIKE_LOG_LEVEL=debug\n');
    expect(Object.keys(faultsOf(await loadStateConfig({ SPECTRASTRIKE_CONFIG_FILE: path })))).toEqual([
      'SPECTRASTRIKE_CONFIG_FILE',
      'SPECTRASTRIKE_LOG_LEVEL',
    ]);
    expect(faultsOf(await loadStateConfig({ SPECTRASTRIKE_CONFIG_FILE: '/nowhere' }))).toEqual({
      SPECTRASTRIKE_CONFIG_FILE: 'cannot be read (ENOENT)',
    });
  });
});
