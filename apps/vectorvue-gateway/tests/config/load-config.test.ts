import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import { shareOfWorker } from '../../src/config/worker-settings.ts';
import { loadConfig, loadStoreSettings } from '../../src/config.ts';
import { createFederation, type Federation, IDENTITY, OPERATOR, TENANT } from '../support/federation.ts';

let federation: Federation;

beforeAll(async () => {
  federation = await createFederation();
});
afterAll(() => federation.remove());

async function load(changes: Record<string, string | undefined> = {}): Promise<GatewayConfig> {
  const loaded = await loadConfig({ ...federation.environment, ...changes });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.value;
}

async function faults(changes: Record<string, string | undefined>): Promise<string[]> {
  const loaded = await loadConfig({ ...federation.environment, ...changes });
  return loaded.ok ? [] : loaded.faults.map(({ variable, problem }) => `${variable} ${problem}`);
}

describe('defaults of PROTOCOL.md section 16', () => {
  test('are what an environment with only the necessary gets', async () => {
    const config = await load({ VV_TG_LISTEN: undefined, VV_TG_ADMIN_LISTEN: undefined });
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8443 });
    expect(config.adminListen).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(config.checks).toMatchObject({
      skewSeconds: 30,
      nonceTtlSeconds: 120,
      nonceLimitPerIdentity: 5_000_000,
      peerRateLimitPerSecond: 0,
      enforceSchemaVersion: true,
      allowedSchemaVersions: ['1.0'],
      requireCanonicalJson: true,
      fingerprintPolicy: 'flag',
      bundleMaxAgeSeconds: 0,
    });
    expect((await load({ VV_TG_RATE_LIMIT_PER_MINUTE: undefined })).checks.rateLimitPerMinute).toBe(120);
    expect(config.limits.maxBodyBytes).toBe(1_048_576);
    expect(config.tls.minVersion).toBe('TLSv1.3');
    expect(config.feedback.activeKid).toBe('default');
    expect(config.feedback.rules.graph).toHaveLength(2);
    expect(config.store.databaseUrl).toBeNull();
  });

  test('what the environment declares arrives as it is meant', async () => {
    const { declared } = await load();
    expect(declared.identities).toEqual([
      { identity: IDENTITY, pins: [federation.client.sha256], operators: null, tenants: null },
    ]);
    expect(declared.operatorTenants[0]).toEqual({ operatorId: OPERATOR, tenantId: TENANT });
    expect(declared.keys.map(({ purpose, kid }) => [purpose, kid])).toEqual([
      ['telemetry', federation.telemetry.publicKey.kid],
      ['evidence', federation.evidence.publicKey.kid],
    ]);
    const shared = await load({ VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY: undefined });
    expect(shared.declared.keys.map(({ kid }) => kid)).toEqual(
      Array(2).fill(federation.telemetry.publicKey.kid),
    );
  });

  test('identities may be limited, and pins rotated', async () => {
    const pins = [federation.client.sha256.toUpperCase(), federation.unpinned.sha256];
    const limits = { operators: [OPERATOR], tenants: [TENANT.toUpperCase()] };
    const config = await load({
      VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({ a: pins, b: { pins, ...limits } }),
    });
    expect(config.declared.identities[0]?.pins).toEqual([
      federation.client.sha256,
      federation.unpinned.sha256,
    ]);
    expect(config.declared.identities[1]).toMatchObject({ operators: [OPERATOR], tenants: [TENANT] });
  });

  test.each([
    ['1.0,2.0', ['1.0', '2.0']],
    ['["1.0","2.1"]', ['1.0', '2.1']],
    [' 1.0 , 1.0 ', ['1.0']],
  ])('schema versions %s', async (text, versions) => {
    expect((await load({ VV_TG_ALLOWED_SCHEMA_VERSIONS: text })).checks.allowedSchemaVersions).toEqual(
      versions,
    );
    expect((await load({ VV_TG_ALLOWED_SCHEMA_VERSION: text })).checks.allowedSchemaVersions).toEqual(
      versions,
    );
  });
});

test('what is allowed but hardly meant is a warning', async () => {
  const config = await load({
    VV_TG_ADMIN_LISTEN: '0.0.0.0:9464',
    VV_TG_TLS_MIN_VERSION: '1.2',
    VV_TG_FEEDBACK_ED25519_KEYS_JSON: undefined,
  });
  expect(config.warnings.join()).toMatch(/not on loopback.*TLS 1\.2.*no feedback key/);
});

describe('the audit log', () => {
  const KEY = 'VV_TG_AUDIT_ED25519_KEY_PATH';
  const ORIGIN = 'VV_TG_AUDIT_LOG_ORIGIN';

  test('without a key there is none, and a warning', async () => {
    const config = await load();
    expect(config.audit).toBeNull();
    expect(config.warnings.join()).toContain(`no ${KEY}`);
    expect(await faults({ [ORIGIN]: 'a.example/log' })).toEqual([
      `${KEY} is required where ${ORIGIN} is set`,
    ]);
  });

  test('its name is what is configured, else what the certificate is called', async () => {
    const path = join(federation.directory, 'audit-config.key');
    await generateKeyFile(path);
    expect((await load({ [KEY]: path })).audit).toEqual({ uri: path, origin: 'localhost/audit' });
    const named = await load({ [KEY]: path, [ORIGIN]: 'vectorvue.example/audit/2' });
    expect(named.audit?.origin).toBe('vectorvue.example/audit/2');
    for (const origin of ['two words', 'a+b', 'a\u00a0b', 'x'.repeat(256)]) {
      expect(await faults({ [KEY]: path, [ORIGIN]: origin })).toEqual([
        `${ORIGIN} must be a name without spaces and plus signs, at most 255 characters`,
      ]);
    }
    const nameless = await federation.pki.issue({ name: 'nameless', ips: ['127.0.0.1'], server: true });
    const certificate = {
      VV_SERVICE_IDENTITY_CERT_PATH: nameless.certPath,
      VV_SERVICE_IDENTITY_KEY_PATH: nameless.keyPath,
    };
    expect(await faults({ ...certificate, [KEY]: path })).toEqual([
      `${ORIGIN} is required: the certificate has no DNS name to take it from`,
    ]);
  });

  test('a key that cannot be used is named, and never shown', async () => {
    const open = join(federation.directory, 'audit-open.key');
    await generateKeyFile(open);
    chmodSync(open, 0o644);
    expect(await faults({ [KEY]: open })).toEqual([
      `${KEY} names a key that is refused: others may read its file; chmod it to 0600`,
    ]);
    const missing = join(federation.directory, 'no-such.key');
    expect(await faults({ [KEY]: missing })).toEqual([
      `${KEY} names a key that is refused: it cannot be read as an Ed25519 private key`,
    ]);
  });
});

describe('faults', () => {
  test('an empty environment names every variable that is missing, at once', async () => {
    const loaded = await loadConfig({});
    expect(loaded.ok ? [] : loaded.faults.map(({ variable }) => variable).sort()).toEqual([
      'VV_SERVICE_IDENTITY_CA_PATH',
      'VV_SERVICE_IDENTITY_CERT_PATH',
      'VV_SERVICE_IDENTITY_KEY_PATH',
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['VV_TG_LISTEN', 'nowhere', /host:port/],
    ['VV_TG_LISTEN', '127.0.0.1:65536', /65535/],
    ['VV_TG_ADMIN_LISTEN', '127.0.0.1', /host:port/],
    ['VV_TG_REQUIRE_MTLS', '0', /cannot be switched off/],
    ['VV_TG_REQUIRE_PAYLOAD_SIGNATURE', 'Off', /cannot be switched off/],
    ['VV_TG_REQUIRE_MTLS', 'perhaps', /must be one of/],
    ['VV_TG_NONCE_TTL_SECONDS', '65', /at least 66/],
    ['VV_TG_ALLOWED_CLOCK_SKEW_SECONDS', '-1', /whole number/],
    ['VV_TG_RATE_LIMIT_PER_MINUTE', '1e3', /whole number/],
    ['VV_TG_TLS_MIN_VERSION', '1.1', /1\.3, 1\.2/],
    ['VV_TG_FINGERPRINT_POLICY', 'ignore', /flag, enforce/],
    ['VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON', '[]', /JSON object/],
    ['VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON', '{"a":"ab:cd"}', /64 hexadecimal/],
    ['VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON', '{"a":{"pins":[]}}', /64 hexadecimal/],
    ['VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON', `{"a b":"${'a'.repeat(64)}"}`, /visible ASCII/],
    [
      'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON',
      `{"a":"${'a'.repeat(64)}","a":"${'b'.repeat(64)}"}`,
      /repeated/,
    ],
    [
      'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON',
      `{"a":{"pins":["${'a'.repeat(64)}"],"tenant":[]}}`,
      /unknown member/,
    ],
    ['VV_TG_OPERATOR_TENANT_MAP', '{"op":"tenant-a"}', /8-4-4-4-12/],
    ['VV_TG_SPECTRASTRIKE_ED25519_PUBKEY', 'AAAA', /refused/],
    ['VV_TG_SPECTRASTRIKE_ED25519_PUBKEY', Buffer.alloc(32).toString('base64'), /placeholder/i],
    ['VV_TG_SPECTRASTRIKE_ED25519_PUBKEY', Buffer.alloc(32, 7).toString('base64'), /placeholder/i],
    ['VV_TG_SPECTRASTRIKE_ED25519_PUBKEY', '{"bad kid":"AAAA"}', /1 to 64/],
    ['VV_TG_FEEDBACK_ED25519_KEYS_JSON', '{"k":"/nonexistent"}', /kid k/],
    ['VV_TG_FEEDBACK_ACTIVE_KID', 'other', /must be a kid/],
    ['VV_TG_FEEDBACK_RULES_PATH', '/nonexistent', /cannot be read/],
    ['VV_TG_CONSOLE_TWO_PERSON_DENY', 'perhaps', /1, true, yes/],
    ['VV_TG_ALLOWED_SCHEMA_VERSIONS', ',', /schema versions/],
    ['DATABASE_URL', 'mysql://x', /postgres/],
    ['VV_DB_HOST', 'db', /./],
    ['VV_TG_CONFIG_FILE', '/nonexistent', /cannot be read/],
    ['VV_TG_MAX_CONNECTIONS', '0', /whole number/],
  ])('%s=%s', async (variable, value, problem) => {
    const found = await faults({ [variable]: value });
    expect(found.join('\n')).toMatch(problem);
    if (variable !== 'VV_DB_HOST') expect(found.every((line) => line.startsWith(`${variable} `))).toBe(true);
  });

  test('several feedback keys need one to be chosen', async () => {
    const keys = JSON.stringify({ a: federation.feedbackKeyPath, b: federation.feedbackKeyPath });
    expect(await faults({ VV_TG_FEEDBACK_ED25519_KEYS_JSON: keys })).toEqual([
      expect.stringMatching(/^VV_TG_FEEDBACK_ACTIVE_KID is required/),
    ]);
  });

  test('a secret under the wrong name is never quoted', async () => {
    const secret = 'hunter2-very-secret';
    const names = Object.keys(federation.environment).concat('DATABASE_URL', 'VV_TG_NONCE_TTL_SECONDS');
    for (const name of names) {
      const found = await faults({ [name]: secret });
      expect(found.join('\n')).not.toContain(secret);
    }
  });
});

describe('files', () => {
  test('a key that others may read, the key of another certificate, an expired certificate', async () => {
    const readable = join(federation.directory, 'readable.key');
    writeFileSync(readable, federation.server.keyPem, { mode: 0o644 });
    chmodSync(readable, 0o644);
    expect(await faults({ VV_SERVICE_IDENTITY_KEY_PATH: readable })).toEqual([
      'VV_SERVICE_IDENTITY_KEY_PATH names a file that others may read; chmod it to 0600',
    ]);
    expect(await faults({ VV_SERVICE_IDENTITY_KEY_PATH: federation.client.keyPath })).toEqual([
      'VV_SERVICE_IDENTITY_KEY_PATH is not the key of the certificate in VV_SERVICE_IDENTITY_CERT_PATH',
    ]);
    const later = await loadConfig(federation.environment, Date.now() + 50 * 365 * 86_400_000);
    expect(later.ok ? [] : later.faults.map(({ problem }) => problem)).toContain(
      'holds a certificate that has expired',
    );
    expect(await faults({ VV_SERVICE_IDENTITY_CA_PATH: federation.client.certPath })).toEqual([
      'VV_SERVICE_IDENTITY_CA_PATH holds a certificate that is not a CA certificate',
    ]);
  });

  test('a start between two renames: the key that arrives a moment after its certificate is waited for', async () => {
    const at = (file: string) => join(federation.directory, `late-pair.${file}`);
    copyFileSync(federation.server.certPath, at('crt'));
    copyFileSync(federation.client.keyPath, at('key'));
    copyFileSync(federation.server.keyPath, at('key.next'));
    const loaded = load({
      VV_SERVICE_IDENTITY_CERT_PATH: at('crt'),
      VV_SERVICE_IDENTITY_KEY_PATH: at('key'),
    });
    await sleep(100);
    renameSync(at('key.next'), at('key'));
    expect((await loaded).tls.privateKeyPem).toBe(federation.server.keyPem);
  });

  test('a config file completes the environment, which wins', async () => {
    const path = join(federation.directory, 'gateway.env');
    const lines = ['# comment', '', 'VV_TG_ALLOWED_CLOCK_SKEW_SECONDS=10', 'VV_TG_RATE_LIMIT_PER_MINUTE="7"'];
    writeFileSync(path, lines.join('\n'), { mode: 0o600 });
    const config = await load({ VV_TG_CONFIG_FILE: path });
    expect(config.checks.skewSeconds).toBe(10);
    expect(config.checks.rateLimitPerMinute).toBe(0);
  });

  test.each([
    ['not a setting', 0o600, /line 1 is not KEY=value/],
    ['A=1\nA=2', 0o600, /line 2 sets A a second time/],
    ['A=1', 0o666, /others may write/],
    ['VV_DB_PASSWORD=x', 0o644, /others may read/],
  ])('a config file with %j and mode %o', async (text, mode, problem) => {
    const path = join(federation.directory, 'bad.env');
    writeFileSync(path, text);
    chmodSync(path, mode);
    expect((await faults({ VV_TG_CONFIG_FILE: path })).join('\n')).toMatch(problem);
  });
});

describe('the database URL', () => {
  test('is assembled so that no part can become another', () => {
    const loaded = loadStoreSettings({
      VV_DB_USER: 'us@er',
      VV_DB_PASSWORD: 'p@ss/w?rd#sslmode=disable:',
      VV_DB_HOST: 'db.example',
      VV_DB_NAME: 'na/me?x=1',
    });
    const url = new URL(loaded.ok ? (loaded.value.databaseUrl ?? '') : '');
    expect(url.host).toBe('db.example:5432');
    expect(decodeURIComponent(url.username)).toBe('us@er');
    expect(decodeURIComponent(url.password)).toBe('p@ss/w?rd#sslmode=disable:');
    expect(decodeURIComponent(url.pathname)).toBe('/na/me?x=1');
    expect(url.search).toBe('');
  });

  test('a host cannot smuggle in anything', () => {
    const loaded = loadStoreSettings({ VV_DB_USER: 'u', VV_DB_HOST: 'h/x?y=1@z', VV_DB_NAME: 'n' });
    expect(loaded.ok ? [] : loaded.faults.map(({ variable }) => variable)).toEqual(['VV_DB_HOST']);
  });

  test('DATABASE_URL goes before VV_DB_URL before the parts', () => {
    const of = (environment: Record<string, string>) => {
      const loaded = loadStoreSettings(environment);
      return loaded.ok ? loaded.value.databaseUrl : null;
    };
    expect(of({ DATABASE_URL: 'postgres://a/b', VV_DB_URL: 'postgres://c/d' })).toBe('postgres://a/b');
    expect(of({ VV_DB_URL: 'postgres://c/d', VV_DB_HOST: 'x' })).toBe('postgres://c/d');
  });
});

describe('workers and self-protection', () => {
  const postgres = { DATABASE_URL: 'postgres://u@127.0.0.1/x' };

  test('one worker by default, up to 64, and only on PostgreSQL', async () => {
    expect((await load(postgres)).workers).toBe(1);
    expect((await load({ ...postgres, VV_TG_WORKERS: '64' })).workers).toBe(64);
    for (const wrong of ['0', '65', 'two']) {
      expect(await faults({ ...postgres, VV_TG_WORKERS: wrong })).toEqual([
        expect.stringMatching(/^VV_TG_WORKERS /),
      ]);
    }
    const embedded = await load({ VV_TG_WORKERS: '4' });
    expect(embedded.workers).toBe(1);
    expect(embedded.warnings).toContainEqual(expect.stringMatching(/VV_TG_WORKERS/));
  });

  test('what is of the whole gateway is divided among workers; what protects a process is not', async () => {
    const whole = await load({
      ...postgres,
      VV_TG_WORKERS: '4',
      VV_TG_MAX_CONNECTIONS: '10',
      VV_TG_PEER_RATE_LIMIT_PER_SECOND: '8',
    });
    const share = shareOfWorker(whole);
    expect(share.limits).toEqual({ ...whole.limits, maxConnections: 3, samplesPerMinute: 15 });
    expect(share.checks).toEqual(whole.checks);
    expect(share.declared).toEqual({ identities: [], keys: [], operatorTenants: [] });
    expect(whole.warnings).toContainEqual(expect.stringMatching(/VV_TG_PEER_RATE_LIMIT_PER_SECOND/));
  });

  test.each([
    [1, 10],
    [8, 10],
    [16, 5],
    [64, 3],
  ])(
    '%d workers have %d connections to the database each, unless it is said',
    async (workers, connections) => {
      const asked = { ...postgres, VV_TG_WORKERS: String(workers) };
      expect((await load(asked)).limits.databaseConnections).toBe(connections);
      expect((await load({ ...asked, VV_TG_DATABASE_CONNECTIONS: '7' })).limits.databaseConnections).toBe(7);
    },
  );

  test('the marks of the event-loop guard must be apart', async () => {
    const marks = { VV_TG_LOOP_DELAY_HIGH_MS: '100', VV_TG_LOOP_DELAY_LOW_MS: '100' };
    expect(await faults(marks)).toEqual([expect.stringMatching(/^VV_TG_LOOP_DELAY_HIGH_MS /)]);
    expect((await load({ ...marks, VV_TG_LOOP_DELAY_HIGH_MS: '0' })).limits.loopDelayHighMs).toBe(0);
  });
});
