import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { type Finished, runCommand } from '../cli/run-command.ts';
import { send } from '../support/client.ts';
import { createTestKey, IDENTITY, TENANT, type TestKey } from '../support/federation.ts';
import { payload, query, telemetry } from '../support/requests.ts';
import { until } from '../support/served-process.ts';
import { SILENT } from '../trust/stores.ts';
import { createWorkersWorld, type Served, sendApart, type WorkersWorld } from './world.ts';

jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

const runOn =
  (databaseUrl: string) =>
  (...argv: string[]): Promise<Finished> =>
    runCommand({ DATABASE_URL: databaseUrl, VV_TG_DATA_DIR: world.federation.directory }, [
      ...argv,
      '--json',
    ]);

/** One answer: when it was there, from which gateway, and what it said. */
interface Heard {
  readonly atMs: number;
  readonly gateway: number;
  readonly code: string;
  readonly requestId: string;
}

/** Clients that sign with one key and never stop asking, a connection each, on every gateway. */
function ask(
  gateways: readonly Served[],
  key: TestKey,
  clients: number,
): { heard: Heard[]; stop(): Promise<void> } {
  const heard: Heard[] = [];
  let stopping = false;
  const client = async (gateway: number, listen: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopping) {
      const request = telemetry(world.federation, { payload: payload() }, { key });
      const { status, json } = await send(world.federation, listen, request, { agent });
      const code = json?.errors?.[0]?.error_code ?? String(status);
      heard.push({ atMs: Date.now(), gateway, code, requestId: json.request_id });
    }
    agent.destroy();
  };
  const running = Promise.all(
    gateways.flatMap(({ listen }, gateway) => Array.from({ length: clients }, () => client(gateway, listen))),
  );
  return {
    heard,
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

test('a revoked key: nothing that it signed is committed after its revocation, by three gateways under load', async () => {
  const first = await world.serve();
  const { databaseUrl } = first;
  const gateways = [
    first,
    await world.serve({ DATABASE_URL: databaseUrl }),
    await world.serve({ DATABASE_URL: databaseUrl }),
  ];
  const run = runOn(databaseUrl);
  const key = createTestKey();
  const { kid } = key.publicKey;
  const imported = await run(
    'key',
    'import',
    key.publicKey.toBase64(),
    '--identity',
    IDENTITY,
    '--purpose',
    'telemetry',
  );
  expect(imported.exitCode).toBe(0);

  const leaked = ask(gateways, key, 2);
  const others = ask(gateways, world.federation.telemetry, 1);
  const all = (answers: readonly Heard[], code: string) =>
    [0, 1, 2].every((gateway) => answers.some((each) => each.gateway === gateway && each.code === code));
  // Also on the machine's slowest day every gateway has begun to accept by it, and goes on.
  await until(() => all(leaked.heard, '202') && leaked.heard.length > 150, 'all three accept the key');
  const revoked = await run('key', 'revoke', kid, '--reason', 'leaked');
  expect(revoked).toMatchObject({ exitCode: 0, json: { keys: [{ kid, state: 'revoked' }] } });
  const toldAt = Date.now();
  await until(() => all(leaked.heard, 'signature_invalid'), 'all three refuse the key');
  await until(
    () =>
      all(
        others.heard.filter(({ atMs }) => atMs > toldAt),
        '202',
      ),
    'and accept others',
  );
  await leaked.stop();
  await others.stop();

  const db: Database = await openDatabase({ databaseUrl, dataDir: '', role: 'serve', logger: SILENT });
  const entries = await db.query<{
    sequence: number;
    action: string;
    code: string;
    recorded_at: Date;
    request_id: string;
  }>(
    {
      name: 'test-entries-of-kid',
      text: 'SELECT sequence, action, code, recorded_at, request_id FROM audit_log WHERE kid = $1 ORDER BY sequence',
    },
    [kid],
  );
  await db.close();
  const at = entries.findIndex(({ action }) => action === 'key.revoke');
  const accepted = entries.filter(({ code }) => code === 'accepted');
  // The order of the log is that of the commits: its head is one row, locked until they are through.
  expect(at).toBeGreaterThan(0);
  expect(entries.slice(at + 1).filter(({ code }) => code === 'accepted')).toEqual([]);
  const acknowledged = leaked.heard.filter(({ code }) => code === '202').map(({ requestId }) => requestId);
  expect(new Set(acknowledged)).toEqual(new Set(accepted.map(({ request_id }) => request_id)));
  expect(new Set(leaked.heard.map(({ code }) => code))).toEqual(new Set(['202', 'signature_invalid']));
  expect(new Set(others.heard.map(({ code }) => code))).toEqual(new Set(['202']));

  const revokedAtMs = entries[at]?.recorded_at.getTime() ?? Number.NaN;
  const refusedAfter = [0, 1, 2].map(
    (gateway) =>
      Math.min(
        ...leaked.heard.flatMap((each) =>
          each.gateway === gateway && each.code !== '202' ? [each.atMs] : [],
        ),
      ) - revokedAtMs,
  );
  const lastAnswer = Math.max(...leaked.heard.filter(({ code }) => code === '202').map(({ atMs }) => atMs));
  process.stdout.write(
    `revocation: the three gateways refused the key ${refusedAfter.join(', ')} ms after it; ` +
      `the last 202 for what was committed before arrived ${lastAnswer - revokedAtMs} ms after it ` +
      `(${leaked.heard.length} requests by this key, ${others.heard.length} by another)\n`,
  );
  expect(await run('evidence', 'verify', '--all')).toMatchObject({
    exitCode: 0,
    json: { invalid: 0, valid_key_revoked: accepted.length },
  });
});

test('workers sign with a key that was made while they run', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  const run = runOn(served.databaseUrl);
  const made = await run('key', 'generate', '--tenant', TENANT, '--active');
  expect(made).toMatchObject({ exitCode: 0, json: { state: 'active' } });
  const kids = async (): Promise<Set<string>> => {
    const queries = Array.from({ length: 8 }, () => query(world.federation));
    const answers = await sendApart(world.federation, served.listen, queries);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return new Set(answers.map(({ json }) => json.kid as string));
  };
  // A query changes nothing, so it is judged by the trust of its commit, which is the newest.
  expect(await kids()).toEqual(new Set([made.json.kid]));
  expect(await run('key', 'retire', made.json.kid)).toMatchObject({ exitCode: 0 });
  expect(await kids()).toEqual(new Set(['default']));
});
