import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { noteVerifier, openCheckpoint } from '@nyxera/federation-protocol';
import { runCommand } from '../cli/run-command.ts';
import { get } from '../support/audit-requests.ts';
import { telemetry } from '../support/requests.ts';
import { until } from '../support/served-process.ts';
import { createWorkersWorld, sendApart, type WorkersWorld } from './world.ts';

// It starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

test('of several workers the primary signs the log, all of them give receipts and serve it', async () => {
  const { federation } = world;
  const path = join(federation.directory, 'audit.key');
  const key = await generateKeyFile(path);
  const served = await world.serve({ VV_TG_WORKERS: '2', VV_TG_AUDIT_ED25519_KEY_PATH: path });
  const requests = Array.from({ length: 12 }, () => telemetry(federation));
  const received = await sendApart(federation, served.listen, requests);
  const sequences = received.map(({ json }) => json.receipt.sequence as number);
  expect(new Set(sequences).size).toBe(12);
  const verifier = [noteVerifier('localhost/audit', key)];
  let size = 0;
  await until(async () => {
    const response = await fetch(`http://${served.adminListen}/log/checkpoint`);
    const opened = openCheckpoint(await response.text(), 'localhost/audit', verifier);
    size = opened.ok ? opened.value.size : 0;
    return size > Math.max(...sequences);
  }, 'no checkpoint came');
  // Each over a connection of its own, so from both workers.
  for (const { json } of received.slice(0, 4)) {
    const receipt = await get(federation, served.listen, `receipt/${json.request_id}`);
    expect([receipt.status, receipt.json.entries[0].sequence]).toEqual([200, json.receipt.sequence]);
    expect(openCheckpoint(receipt.json.checkpoint, 'localhost/audit', verifier).ok).toBe(true);
  }
  const verified = await runCommand({ DATABASE_URL: served.databaseUrl }, ['audit', 'verify', '--json']);
  expect(verified.json).toMatchObject({ ok: true });
  expect(verified.json.signed).toBeGreaterThanOrEqual(size);
  expect(await served.stop()).toBe(0);
});
