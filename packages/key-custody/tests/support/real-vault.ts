/**
 * The same contract against a real HashiCorp Vault or OpenBao: VAULT_ADDR, and VAULT_TOKEN of a token that may create
 * and delete keys of the engine VAULT_TRANSIT_MOUNT (default `transit`); VAULT_CACERT, VAULT_NAMESPACE where needed.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import { signerContract } from '../../src/contract.ts';
import { openSigner, type Signer } from '../../src/index.ts';
import { createVaultHttp, type VaultHttp } from '../../src/vault/vault-http.ts';

const { VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT, VAULT_NAMESPACE } = process.env;
const mount = process.env.VAULT_TRANSIT_MOUNT ?? 'transit';
const configured = VAULT_ADDR !== undefined && VAULT_TOKEN !== undefined;

/** Registers the suite where there is a server; elsewhere it says that there is none, and registers nothing. */
export function describeRealVault(): void {
  if (configured) describe('with a real server', withRealServer);
  else console.warn('VAULT_ADDR and VAULT_TOKEN are not set: nothing is run against a real Vault or OpenBao');
}

function withRealServer(): void {
  let directory: TemporaryDirectory;
  const key = `nyxera-test-${randomBytes(6).toString('hex')}`;
  const ca = VAULT_CACERT === undefined ? '' : `&ca-file=${VAULT_CACERT}`;
  const namespace = VAULT_NAMESPACE === undefined ? '' : `&namespace=${VAULT_NAMESPACE}`;
  const uri = (): string =>
    `vault:${mount}/keys/${key}?address=${VAULT_ADDR ?? ''}&token-file=${directory.path}/token${ca}${namespace}`;
  let http: VaultHttp;

  const post = async (path: string, body: object): Promise<void> => {
    const answer = await http.send({ method: 'POST', path, token: VAULT_TOKEN ?? '', body });
    expect([200, 204]).toContain(answer.status);
  };
  const open = async (): Promise<Signer> => {
    const opened = await openSigner(uri());
    if (!opened.ok) throw new Error(opened.detail);
    return opened.value;
  };

  beforeAll(async () => {
    directory = temporaryDirectory('vault-real');
    writeFileSync(join(directory.path, 'token'), VAULT_TOKEN ?? '', { mode: 0o600 });
    http = createVaultHttp({
      address: new URL(VAULT_ADDR ?? ''),
      namespace: VAULT_NAMESPACE ?? null,
      ca: VAULT_CACERT === undefined ? null : readFileSync(VAULT_CACERT, 'utf8'),
      timeoutMs: 10_000,
    });
    await post(`${mount}/keys/${key}`, { type: 'ed25519' });
  });

  afterAll(async () => {
    await post(`${mount}/keys/${key}/config`, { deletion_allowed: true });
    http.close();
    directory.remove();
  });

  signerContract('vault, a real server', () => open(), {
    secrets: [VAULT_TOKEN ?? ''],
    lengths: [0, 1, 31, 32, 64, 1_200, 700_000],
  });

  test('a rotation makes a new version, and the old one goes on', async () => {
    const before = await open();
    await post(`${mount}/keys/${key}/rotate`, {});
    const after = await open();
    expect(await after.kid()).not.toBe(await before.kid());
    expect(await before.health()).toEqual({ ok: true });
    expect(await after.health()).toEqual({ ok: true });
    await Promise.all([before.close(), after.close()]);
  });
}
