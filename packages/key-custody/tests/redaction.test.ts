/** Whatever the secret is, no inspection, JSON, text or stack of anything that we hand out holds it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startVaultStandIn, type VaultStandIn } from '@nyxera/federation-testing/vault-stand-in';
import fc from 'fast-check';
import { notationsOf } from '../src/contract.ts';
import { delegateSigning, openSigner } from '../src/index.ts';
import { openSshPem, pem, pkcs8, Workspace } from './support/key-files.ts';

const workspace = new Workspace();
let vault: VaultStandIn;
beforeAll(async () => {
  vault = await startVaultStandIn();
  vault.transit.create('k');
});
afterAll(async () => {
  await vault.stop();
  workspace.remove();
});

function shown(values: readonly unknown[]): string {
  return values
    .flatMap((value) => [
      inspect(value, { showHidden: true, depth: null, getters: true }),
      JSON.stringify(value) ?? '',
      String(value),
      value instanceof Error ? (value.stack ?? '') : '',
    ])
    .join('\n');
}

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a seed: signers of every file format, what is made of them, and their errors', async () => {
  const seeds = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .filter((seed) => seed.some((byte) => byte > 0));
  await fc.assert(
    fc.asyncProperty(seeds, fc.nat(200), async (seed, cut) => {
      for (const content of [seed, pem('PRIVATE KEY', pkcs8(seed)), openSshPem(seed)]) {
        const opened = await openSigner(workspace.write(content));
        // As it is when a file was cut off or something was appended to it.
        const damaged = await openSigner(workspace.write(Buffer.from(content).subarray(0, cut + 1)));
        const longer = await openSigner(
          workspace.write(Buffer.concat([Buffer.from(content), Buffer.from('x')])),
        );
        expect(opened.ok).toBe(true);
        if (!opened.ok) return;
        const signer = opened.value;
        const now = () => 1_800_000_000_000;
        const options = { purpose: 'telemetry', tenants: null, lifetimeSeconds: 60, now } as const;
        const delegated = await delegateSigning(signer, options);
        await signer.close();
        const fault = await faultOf(signer.sign(new Uint8Array(4)));
        const text = shown([signer, opened, damaged, longer, delegated, fault, await signer.health()]);
        for (const form of notationsOf(seed)) expect(text).not.toContain(form);
      }
    }),
    { numRuns: 25, seed: 15 },
  );
});

test('a Vault token or secret id: URIs, refusals, signers and faults, also where the server repeats it', async () => {
  const secrets = fc.stringMatching(/^[A-Za-z0-9._-]{12,60}$/);
  const statuses = fc.constantFrom(200, 204, 301, 400, 403, 404, 413, 418, 500, 503);
  const path = join(workspace.path, 'secret');
  writeFileSync(path, 'x', { mode: 0o600 });
  const base = `vault:transit/keys/k?address=${vault.address}`;
  const waits = { now: () => 0, wait: async () => undefined, later: () => () => undefined, random: () => 0 };
  await fc.assert(
    fc.asyncProperty(secrets, statuses, async (secret, status) => {
      writeFileSync(path, secret);
      const repeat = () => ({
        status,
        headers: { Location: `https://${secret}.example/` },
        body: {
          errors: [secret],
          data: { type: secret, signature: secret },
          auth: { client_token: `${secret} ` },
        },
      });
      const results: unknown[] = [];
      for (const auth of [`token-file=${path}`, `role-id=r&secret-id-file=${path}`]) {
        vault.next.push(...Array.from({ length: 12 }, () => repeat));
        results.push(await openSigner(`${base}&${auth}`, { time: waits }));
        vault.next.length = 0;
      }
      for (const name of ['token', 'secret-id', secret])
        results.push(await openSigner(`${base}&${name}=${secret}`));
      const good = vault.tokens.create();
      writeFileSync(path, good);
      const opened = await openSigner(`${base}&token-file=${path}`, { time: waits });
      if (!opened.ok) throw new Error(opened.detail);
      vault.next.push(...Array.from({ length: 12 }, () => repeat));
      const fault = await faultOf(opened.value.sign(new Uint8Array(4)));
      vault.next.length = 0;
      const text = shown([...results, opened, opened.value, fault]);
      expect(fault).toBeInstanceOf(Error);
      for (const each of [secret, good]) expect(text).not.toContain(each);
      await opened.value.close();
    }),
    { numRuns: 40, seed: 15 },
  );
});
