/**
 * Keys that neither program ever has, between the two as an operator runs them: telemetry and feedback are signed in a
 * SoftHSM2 token, the audit log's checkpoints by a server that answers as Vault does.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { importPublicKey, toJwk } from '@nyxera/federation-protocol';
import { createSoftHsm, type SoftHsm, type SoftToken, whyNoToken } from '@nyxera/federation-testing/soft-hsm';
import { startVaultStandIn, type VaultStandIn } from '@nyxera/federation-testing/vault-stand-in';
import { type Environment, runProgram } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, runAgent, TENANT, type World } from '../demo/world.ts';

jest.setTimeout(300_000);

const NO_TOKEN = await whyNoToken();
if (NO_TOKEN !== null) console.warn(`${NO_TOKEN}: the two ends are not run with a token`);
const describeWithToken = NO_TOKEN === null ? describe : describe.skip;
const COUNT = 25;
const FEEDBACK_KID = 'feedback-hsm-1';
const TENANT_KID = 'feedback-hsm-tenant';

interface Doctor {
  readonly ok?: boolean;
  readonly checks: readonly { readonly name: string; readonly found?: string; readonly advice?: string }[];
}

describeWithToken('keys in custody', () => {
  const root = mkdtempSync(join(tmpdir(), 'nyxera-custodians-'));
  let hsm: SoftHsm;
  let token: SoftToken;
  let vault: VaultStandIn;
  let world: World;
  let vaultToken: string;
  let telemetryKid: string;

  beforeAll(async () => {
    hsm = await createSoftHsm();
    token = await hsm.createToken('federation');
    const telemetry = await hsm.generateKey(token, { label: 'telemetry' });
    const feedback = await hsm.generateKey(token, { label: 'feedback' });
    vault = await startVaultStandIn();
    vault.transit.create('audit');
    vaultToken = vault.tokens.create({ ttl: 3_600 });
    const tokenPath = join(root, 'vault-token');
    writeFileSync(tokenPath, vaultToken, { mode: 0o600 });
    const base64 = (raw: Uint8Array): string => Buffer.from(raw).toString('base64');
    const made = await buildWorld(join(root, 'world'), null, {
      SOFTHSM2_CONF: hsm.configurationPath,
      VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: base64(telemetry.publicKey),
      VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: hsm.uri(token, 'feedback') }),
      VV_TG_FEEDBACK_ACTIVE_KID: FEEDBACK_KID,
      VV_TG_AUDIT_ED25519_KEY_PATH: `vault:transit/keys/audit?address=${vault.address}&token-file=${tokenPath}`,
    });
    const key = importPublicKey(telemetry.publicKey);
    telemetryKid = key.ok ? key.value.kid : '';
    const agentEnvironment: Environment = {
      ...made.agentEnvironment,
      SOFTHSM2_CONF: hsm.configurationPath,
      VECTORVUE_FEDERATION_SIGNING_KEY_PATH: hsm.uri(token, 'telemetry'),
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ [FEEDBACK_KID]: base64(feedback.publicKey) }),
    };
    world = { ...made, agentEnvironment };
  });

  afterAll(async () => {
    await world?.gateway.stop();
    await vault?.stop();
    hsm?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  const expectNoSecret = (text: string): void => {
    expect(text).not.toContain(token.pin);
    expect(text).not.toContain(vaultToken);
  };

  test('what the agent signs in the token is accepted, and kept under the kid of the token', async () => {
    const file = join(root, 'events.jsonl');
    const events = Array.from({ length: COUNT }, (_, index) => ({
      event_id: `custody-${index}`,
      event_type: 'CUSTODY_TEST',
      source_system: 'test',
      severity: index === 0 ? 'critical' : 'info',
      observed_at: '2026-02-26T12:00:00Z',
      mitre_techniques: ['T1046'],
      attributes: { asset_ref: `host-${index}` },
    }));
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    expect(await askAgent<object>(world, ['send', file])).toMatchObject({ delivered: COUNT, quarantined: 0 });
    const shown = await askGateway<object>(world, ['events', 'show', 'custody-0', '--tenant', TENANT]);
    expect(shown).toMatchObject({ ok: true, evidence: { kid: telemetryKid } });
  });

  test('what the gateway signs in the token is bound by the agent', async () => {
    await askAgent(world, ['graph', 'build']);
    await askAgent(world, ['graph', 'push']);
    const pulled = await askAgent<{ recorded: number }>(world, ['feedback', 'pull']);
    expect(pulled).toMatchObject({ accepted: true, rejected: [], kid: FEEDBACK_KID });
    expect(pulled.recorded).toBeGreaterThan(0);
  });

  test('a tenant gets a key of its own in the token, while the gateway runs', async () => {
    const made = await hsm.generateKey(token, { label: 'tenant' });
    const uri = hsm.uri(token, 'tenant');
    const generate = ['key', 'generate', '--tenant', TENANT, '--kid', TENANT_KID, '--active'];
    const short = await runProgram(
      'gateway',
      [...generate, '--signer', `${uri}&x-max-input=65536`, '--json'],
      world.gatewayEnvironment,
    );
    expect(short.exitCode).not.toBe(0);
    expect(short.stdout + short.stderr).toMatch(/input_too_large/);
    await askGateway(world, [...generate, '--signer', uri]);
    const keys = { [TENANT_KID]: Buffer.from(made.publicKey).toString('base64') };
    const pulled = await runAgent(world, ['feedback', 'pull'], {
      VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify(keys),
    });
    expect(pulled.json).toMatchObject({ accepted: true, rejected: [], kid: TENANT_KID });
    expectNoSecret(world.gateway.log());
  });

  test('checkpoints of the audit log are signed by the key in Vault', async () => {
    const raw = vault.transit.publicKey('audit', 1);
    const key = importPublicKey(raw);
    const { keys } = await askGateway<{ keys: readonly { kid: string }[] }>(world, ['audit', 'key']);
    expect(keys.map(({ kid }) => kid)).toEqual([key.ok ? toJwk(key.value).kid : '']);
    expect(vault.requests.filter((each) => each === 'POST transit/sign/audit').length).toBeGreaterThan(2);
  });

  test('doctor names the custodian on both ends, and what is missing; no output holds a secret', async () => {
    const gateway = await askGateway<Doctor>(world, ['doctor']);
    const agent = await askAgent<Doctor>(world, ['doctor']);
    const text = JSON.stringify([gateway, agent]);
    const custodian = JSON.stringify('PKCS#11 token "federation" (SoftHSM v2)').slice(1, -1);
    // The gateway's two feedback keys and the agent's telemetry key.
    expect(text.split(custodian)).toHaveLength(1 + 3);
    expect(text).toContain(`Vault ${vault.address} transit/keys/audit version 1`);
    expectNoSecret(text + world.gateway.log());

    const nowhere = (uri: string): string => uri.replace(hsm.modulePath, '/nowhere/p11.so');
    const feedback = JSON.stringify({ [FEEDBACK_KID]: nowhere(hsm.uri(token, 'feedback')) });
    const ends = [
      ['gateway', { ...world.gatewayEnvironment, VV_TG_FEEDBACK_ED25519_KEYS_JSON: feedback }],
      [
        'agent',
        {
          ...world.agentEnvironment,
          VECTORVUE_FEDERATION_SIGNING_KEY_PATH: nowhere(hsm.uri(token, 'telemetry')),
        },
      ],
    ] as const;
    for (const [program, environment] of ends) {
      const finished = await runProgram(program, ['doctor', '--json'], environment);
      expect(finished.exitCode).not.toBe(0);
      expect(finished.stdout).toMatch(/pkcs11_module_unusable/);
      expectNoSecret(finished.stdout + finished.stderr);
    }
  });

  test('serve refuses a custodian that is away or does not sign long answers, with 78 and by name', async () => {
    const { gatewayEnvironment } = world;
    const keys = { [FEEDBACK_KID]: `${hsm.uri(token, 'feedback')}&x-max-input=65536` };
    vault.sealed = true;
    try {
      const finished = await runProgram('gateway', ['serve'], {
        ...gatewayEnvironment,
        VV_TG_DATA_DIR: join(root, 'other-data'),
        VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify(keys),
      });
      expect(finished.exitCode).toBe(78);
      expect(finished.stderr).toMatch(/VV_TG_FEEDBACK_ED25519_KEYS_JSON .*input_too_large: /);
      expect(finished.stderr).toMatch(/VV_TG_AUDIT_ED25519_KEY_PATH .*vault_sealed: /);
      expectNoSecret(finished.stdout + finished.stderr);
    } finally {
      vault.sealed = false;
    }
  });
});
