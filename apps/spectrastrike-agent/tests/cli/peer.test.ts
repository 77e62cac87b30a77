import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, type JsonObject, parseStrictJson, toJwk } from '@nyxera/federation-protocol';
import { createPki, type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { parseGatewayPeerFile } from '../../src/trust/gateway-peer-file.ts';
import { peerFingerprint } from '../../src/trust/peer-fingerprint.ts';
import { type FeedbackKey, feedbackKey } from '../feedback/sign-answer.ts';
import { logKey, ORIGIN, verifierKey } from '../witness/test-log.ts';
import { OPERATOR, TENANT } from './agent-fixture.ts';
import type { Ran } from './run-agent.ts';
import { runInProcess } from './run-in-process.ts';

let directory: TemporaryDirectory;
let environment: Record<string, string>;
const at = (...parts: readonly string[]): string => join(directory.path, ...parts);
const run = (...args: readonly string[]): Promise<Ran> => runInProcess(environment, args);
const initArguments = ['init', '--identity', 'agent-1', '--operator', OPERATOR, '--tenant', TENANT, '--json'];

beforeEach(() => {
  directory = temporaryDirectory('peer');
  environment = { SPECTRASTRIKE_DATA_DIR: join(directory.path, 'data') };
});
afterEach(() => directory.remove());

describe('init', () => {
  test('makes keys with mode 0600 and a public peer file; again, it changes nothing', async () => {
    const first = await run(...initArguments);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.last).toMatchObject({
      certificate_sha256: null,
      made: { telemetry_key: true, client_key: true },
    });
    for (const name of ['telemetry.key', 'witness.key', 'client.key', 'agent.db', 'agent.env']) {
      expect([name, statSync(at('data', name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    const peer = readFileSync(at('data', 'peer.json'), 'utf8');
    expect(peer).not.toContain('"d"');
    const parsed = parseStrictJson(new TextEncoder().encode(peer));
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        v: 1,
        identity: 'agent-1',
        operator_id: OPERATOR,
        tenant_id: TENANT,
        certificate_sha256: null,
        keys: [
          { kty: 'OKP', crv: 'Ed25519', use: 'sig', purpose: ['telemetry', 'evidence'] },
          { kty: 'OKP', crv: 'Ed25519', use: 'sig', purpose: ['witness'], kid: first.last?.witness_kid },
        ],
      },
    });
    expect(parsed.ok && peerFingerprint(parsed.value)).toBe(first.last?.fingerprint);

    const kept = ['telemetry.key', 'witness.key', 'client.key', 'client.csr', 'peer.json', 'agent.env'];
    const contents = kept.map((name) => readFileSync(at('data', name), 'utf8'));
    const second = await run(...initArguments);
    expect(second.last).toMatchObject({
      fingerprint: first.last?.fingerprint,
      made: { telemetry_key: false, client_key: false },
    });
    expect(kept.map((name) => readFileSync(at('data', name), 'utf8'))).toEqual(contents);
  });

  test('a CA signs the request; then the peer file names the pin, and the settings file is all it takes', async () => {
    await run(...initArguments);
    const pki = await createPki(at('pki'));
    const csr = readFileSync(at('data', 'client.csr'), 'utf8');
    const signed = await pki.issueFromCsr(csr, { name: 'client', client: true });
    writeFileSync(at('data', 'client.crt'), signed.certPem);
    environment = { SPECTRASTRIKE_CONFIG_FILE: at('data', 'agent.env') };
    const again = await run('init', '--json');
    expect(again.last).toMatchObject({ certificate_sha256: signed.sha256, csr_file: null });
    const human = await run('init');
    expect(human.stdout).toContain(
      `peer add ${at('data', 'peer.json')} --confirm-fingerprint ${again.last?.fingerprint}`,
    );
  });

  test('an evidence key of its own is made too, and declared for evidence alone', async () => {
    environment.VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH = at('data', 'evidence.key');
    const made = await run(...initArguments);
    expect(made.code).toBe(0);
    expect(made.last?.evidence_kid).not.toBe(made.last?.kid);
    expect(statSync(at('data', 'evidence.key')).mode & 0o777).toBe(0o600);
    const peer = JSON.parse(readFileSync(at('data', 'peer.json'), 'utf8')) as { keys: unknown[] };
    expect(peer.keys).toMatchObject([
      { kid: made.last?.kid, purpose: ['telemetry'] },
      { kid: made.last?.evidence_kid, purpose: ['evidence'] },
      { kid: made.last?.witness_kid, purpose: ['witness'] },
    ]);
    expect(readFileSync(at('data', 'agent.env'), 'utf8')).toContain(
      'VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH=',
    );
  });

  test('without a witness key for a gateway that knows none; never with the key that signs requests', async () => {
    const without = await run(...initArguments, '--no-witness');
    expect(without.last).toMatchObject({ witness_kid: null });
    const peer = JSON.parse(readFileSync(at('data', 'peer.json'), 'utf8')) as { keys: unknown[] };
    expect(peer.keys).toHaveLength(1);
    expect(readFileSync(at('data', 'agent.env'), 'utf8')).not.toContain('WITNESS');
    environment.VECTORVUE_FEDERATION_WITNESS_KEY_PATH = at('data', 'telemetry.key');
    const shared = await run(...initArguments);
    expect([shared.code, shared.stderr]).toEqual([78, expect.stringContaining('one key serves one purpose')]);
  });

  test('names everything that it has to know', async () => {
    const ran = await run('init');
    expect(ran.code).toBe(78);
    for (const name of ['SERVICE_IDENTITY', 'OPERATOR_ID', 'TENANT_ID']) expect(ran.stderr).toContain(name);
  });

  test('a key that others may read is refused, and not replaced', async () => {
    await run(...initArguments);
    const key = at('data', 'telemetry.key');
    const content = readFileSync(key, 'utf8');
    writeFileSync(at('open.key'), content, { mode: 0o644 });
    environment.VECTORVUE_FEDERATION_SIGNING_KEY_PATH = at('open.key');
    const ran = await run(...initArguments);
    expect(ran.code).toBe(78);
    expect(ran.stderr).toContain('0644');
    expect(readFileSync(at('open.key'), 'utf8')).toBe(content);
  });
});

describe('peer add', () => {
  let key: FeedbackKey;
  beforeEach(() => {
    key = feedbackKey('gateway-1');
  });

  function peerFile(more: JsonObject = {}): JsonObject {
    return {
      v: 1,
      gateway_url: 'https://gateway.example:8443',
      server_certificate_sha256: ['AB'.repeat(32)],
      ca_pem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      feedback_keys: [
        { ...toJwk(key.publicKey, { kid: key.kid, use: 'sig' }), purpose: ['feedback'] } as JsonObject,
      ],
      tenant_id: TENANT.toLowerCase(),
      operator_id: OPERATOR,
      ...more,
    };
  }

  /** Written with another order and white space than the canonical one: the fingerprint does not care. */
  function write(file: JsonObject): { path: string; fingerprint: string } {
    mkdirSync(at('in'), { recursive: true });
    const path = at('in', 'gateway-peer.json');
    writeFileSync(path, canonicalizeCompat(file).replaceAll(',"', ',\n  "'));
    return { path, fingerprint: peerFingerprint(file) };
  }

  test('shows the fingerprint first; confirmed, it stores keys, pins and CA; again, nothing changes', async () => {
    const { path, fingerprint } = write(peerFile());
    const unconfirmed = await run('peer', 'add', path, '--json');
    expect(unconfirmed.last).toEqual({ taken: false, fingerprint });
    expect(unconfirmed.code).toBe(2);

    const typed = fingerprint
      .toUpperCase()
      .replaceAll(/(.{8})/g, '$1 ')
      .trim();
    const taken = await run('peer', 'add', path, '--confirm-fingerprint', typed, '--json');
    expect(taken.stderr).toBe('');
    expect(taken.last).toMatchObject({ taken: true, keys: [{ kid: 'gateway-1', outcome: 'added' }] });
    const settings = readFileSync(at('data', 'agent.env'), 'utf8');
    expect(settings).toContain("VECTORVUE_FEDERATION_URL='https://gateway.example:8443'");
    expect(settings).toContain(`VECTORVUE_FEDERATION_SERVER_CERT_SHA256='${'ab'.repeat(32)}'`);
    expect(settings).toContain(`VECTORVUE_FEDERATION_MTLS_CA_FILE='${at('data', 'gateway-ca.pem')}'`);
    const again = await run('peer', 'add', path, '--confirm-fingerprint', fingerprint, '--json');
    expect(again.last).toMatchObject({ keys: [{ outcome: 'unchanged' }] });
    expect(readFileSync(at('data', 'agent.env'), 'utf8')).toBe(settings);
  });

  test("the gateway's log goes into the settings; a file without one is taken as before", async () => {
    const keys = [logKey(), logKey()].map((one) => verifierKey(one));
    const { path, fingerprint } = write(peerFile({ audit_log: { origin: ORIGIN, verifier_keys: keys } }));
    const taken = await run('peer', 'add', path, '--confirm-fingerprint', fingerprint, '--json');
    expect(taken.last).toMatchObject({ taken: true, audit_log: ORIGIN });
    const line = `VECTORVUE_AUDIT_LOG_KEY='${keys.join(' ')}'`;
    expect(readFileSync(at('data', 'agent.env'), 'utf8')).toContain(line);
    const older = write(peerFile());
    const again = await run('peer', 'add', older.path, '--confirm-fingerprint', older.fingerprint, '--json');
    expect(again.last).toMatchObject({ taken: true, audit_log: null });
    // What is trusted stays trusted: an older file says nothing about the log.
    expect(readFileSync(at('data', 'agent.env'), 'utf8')).toContain(line);
  });

  async function refusal(file: JsonObject, confirm?: string): Promise<Ran> {
    const { path, fingerprint } = write(file);
    return run('peer', 'add', path, '--confirm-fingerprint', confirm ?? fingerprint, '--json');
  }

  test('another fingerprint than the one that was heard: refused and logged', async () => {
    const ran = await refusal(peerFile(), 'f'.repeat(64));
    expect(ran.code).toBe(2);
    expect((await run('security', 'list', '--json')).last).toMatchObject({
      entries: [{ class: 'trust', code: 'key_invalid' }],
    });
  });

  test('for another operator, or another tenant: refused', async () => {
    environment.VECTORVUE_FEDERATION_OPERATOR_ID = 'op-002';
    const operator = await refusal(peerFile());
    expect([operator.code, operator.stderr]).toEqual([2, expect.stringContaining('operator_mismatch')]);
    environment.VECTORVUE_FEDERATION_OPERATOR_ID = OPERATOR;
    environment.VECTORVUE_FEDERATION_TENANT_ID = '20000000-0000-0000-0000-00000000000b';
    const tenant = await refusal(peerFile());
    expect([tenant.code, tenant.stderr]).toEqual([2, expect.stringContaining('tenant_mapping_violation')]);
  });

  test('a kid that stands for another key keeps its key; a revoked key does not come back', async () => {
    await refusal(peerFile());
    const other = feedbackKey('gateway-1');
    const swapped = await refusal(
      peerFile({ feedback_keys: [toJwk(other.publicKey, { kid: 'gateway-1' }) as unknown as JsonObject] }),
    );
    expect([swapped.code, swapped.stderr]).toEqual([2, expect.stringContaining('another key')]);

    const revoked = {
      ...toJwk(key.publicKey, { kid: 'gateway-1' }),
      state: 'revoked',
    } as unknown as JsonObject;
    expect((await refusal(peerFile({ feedback_keys: [revoked] }))).last).toMatchObject({
      keys: [{ outcome: 'updated' }],
    });
    const back = await refusal(peerFile());
    expect([back.code, back.stderr]).toEqual([2, expect.stringContaining('revoked')]);
    const renamed = toJwk(key.publicKey, { kid: 'fresh-name' }) as unknown as JsonObject;
    expect((await refusal(peerFile({ feedback_keys: [renamed] }))).code).toBe(2);
  });

  test.each<[string, JsonObject]>([
    ['another version', { v: 2 }],
    ['an http: URL', { gateway_url: 'http://gateway.example' }],
    ['no tenant', { tenant_id: 'tenant' }],
    ['an empty operator', { operator_id: '' }],
    ['a pin that is none', { server_certificate_sha256: ['ab'] }],
    ['a CA that is none', { ca_pem: 'hello' }],
    ['keys that are no list', { feedback_keys: {} }],
    ['a log that is no object', { audit_log: 'gateway.example/audit' }],
    ['a log without keys', { audit_log: { origin: ORIGIN, verifier_keys: [] } }],
    ['a log key that is none', { audit_log: { origin: ORIGIN, verifier_keys: ['hello'] } }],
    [
      'a log of another name than its key',
      { audit_log: { origin: 'other', verifier_keys: [verifierKey(logKey())] } },
    ],
    ['a key for another purpose', { feedback_keys: [] }],
  ])('%s: refused', (name, more) => {
    const telemetry = { ...toJwk(key.publicKey), purpose: ['telemetry'] } as unknown as JsonObject;
    const file = peerFile(name === 'a key for another purpose' ? { feedback_keys: [telemetry] } : more);
    expect(parseGatewayPeerFile(new TextEncoder().encode(canonicalizeCompat(file))).ok).toBe(false);
  });

  test('a private key in a peer file is refused by name', () => {
    const leaked = { ...toJwk(key.publicKey), d: 'A'.repeat(43) } as unknown as JsonObject;
    const file = canonicalizeCompat(peerFile({ feedback_keys: [leaked] }));
    expect(parseGatewayPeerFile(new TextEncoder().encode(file))).toMatchObject({
      ok: false,
      code: 'key_invalid',
      detail: expect.stringContaining('private'),
    });
  });
});
