import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { withLoginSession } from '../../src/store/login-session.ts';
import { type Finished, runCommand } from '../cli/run-command.ts';
import { batch, batchItem } from '../support/batch-requests.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  IDENTITY,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { graph, type Prepared, payload, telemetry } from '../support/requests.ts';

/** More than a page of the walk. */
const BATCH = 600;

let federation: Federation;
let postgres: PostgresServer;
let gateway: TestGateway;
let environment: Record<string, string>;

beforeAll(async () => {
  federation = await createFederation();
  postgres = await startPostgres({ fast: true });
  environment = { DATABASE_URL: await postgres.createDatabase() };
  gateway = await startTestGateway(federation, environment);
});
afterAll(async () => {
  await gateway?.close();
  await postgres.stop();
  federation.remove();
});

const run = (...argv: string[]): Promise<Finished> => runCommand(environment, [...argv, '--json']);
const asOwner = (sql: string) => withLoginSession(gateway.db, (session) => session.script(sql));
const verify = async (...argv: string[]) => {
  const { exitCode, json } = await run('evidence', 'verify', ...argv);
  return { exitCode, ...json };
};

async function post(prepared: Prepared): Promise<Received> {
  const received = await send(federation, gateway.listen, prepared);
  expect([received.status, received.text]).toEqual([202, expect.any(String)]);
  return received;
}

/** An event of its own for each thing that can be wrong with one. */
async function seeded(name: string, options: Parameters<typeof telemetry>[2] = {}): Promise<string> {
  await post(telemetry(federation, { payload: payload({ event_id: name }) }, options));
  return name;
}

async function importKey(key: ReturnType<typeof createTestKey>, ...options: string[]): Promise<string> {
  const text = key.publicKey.toBase64();
  const imported = await run(
    'key',
    'import',
    text,
    '--identity',
    IDENTITY,
    '--purpose',
    'telemetry',
    ...options,
  );
  expect(imported.exitCode).toBe(0);
  return key.publicKey.kid;
}

test('everything that was accepted is valid: events, batches over several pages, graphs, by tenant', async () => {
  await seeded('single');
  await post(
    batch(
      federation,
      Array.from({ length: BATCH }, () => batchItem()),
    ),
  );
  await post(graph(federation));
  await post(telemetry(federation, { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT }));
  const none = { valid_key_revoked: 0, invalid: 0, evidence_removed: 0, faults: [], ok: true, exitCode: 0 };
  expect(await verify('--all')).toEqual({ ...none, checked: BATCH + 3, valid: BATCH + 3 });
  expect(await verify('--tenant', TENANT.toUpperCase())).toEqual({
    ...none,
    checked: BATCH + 2,
    valid: BATCH + 2,
  });
  expect(await verify('--event', 'single')).toEqual({ ...none, checked: 1, valid: 1 });
  expect(await verify('--event', 'single', '--tenant', OTHER_TENANT)).toMatchObject({
    exitCode: 2,
    error: { code: 'event_unknown' },
  });
});

test('a reader of one tenant verifies what is his, by keys that he cannot list', async () => {
  await asOwner(`CREATE ROLE of_one LOGIN PASSWORD 'secret' IN ROLE vectorvue_read;
    INSERT INTO federation.tenant_readers VALUES ('of_one', '${OTHER_TENANT}')`);
  const url = new URL(environment.DATABASE_URL ?? '');
  url.username = 'of_one';
  url.password = 'secret';
  const asReader = (...argv: string[]) => runCommand({ DATABASE_URL: url.href }, [...argv, '--json']);
  expect(await asReader('evidence', 'verify', '--all')).toMatchObject({
    exitCode: 0,
    json: { checked: 1, valid: 1 },
  });
  expect(await asReader('evidence', 'verify', '--tenant', TENANT)).toMatchObject({ json: { checked: 0 } });
  expect(await asReader('key', 'list')).toMatchObject({ json: { keys: [] } });
});

test('a key that was revoked or retired since leaves what it signed valid, and says so', async () => {
  const key = createTestKey();
  const kid = await importKey(key);
  await seeded('before', { key });
  expect(await run('key', 'retire', kid)).toMatchObject({ exitCode: 0 });
  await seeded('retiring', { key });
  expect(await verify('--event', 'before')).toMatchObject({ valid: 1, valid_key_revoked: 0, exitCode: 0 });
  expect(await run('key', 'revoke', kid, '--reason', 'leaked')).toMatchObject({ exitCode: 0 });
  for (const event of ['before', 'retiring']) {
    expect(await verify('--event', event)).toMatchObject({
      valid: 0,
      valid_key_revoked: 1,
      invalid: 0,
      exitCode: 0,
    });
  }
});

test.each([
  [
    'signature',
    `UPDATE federation.evidence SET signature = set_byte(signature, 3, 255 - get_byte(signature, 3))`,
  ],
  ['signature', `UPDATE federation.evidence SET body = body || ' '`],
  // By another key that is trusted for nobody here: the signature is good, and nobody vouched for the key.
  ['key_unknown', `UPDATE federation.evidence SET identity = 'somebody else'`],
  ['key_unknown', `UPDATE federation.evidence SET kid = 'another-name'`],
  ['content_hash', `UPDATE federation.evidence SET body_sha256 = sha256('')`],
  ['content_hash', `UPDATE federation.events SET content_hash = sha256('')`],
  ['content', `UPDATE federation.events SET event_id = 'renamed-' || event_id`],
  ['content', `UPDATE federation.events SET operator_id = 'op-other'`],
] as const)('%s: %s', async (why, change) => {
  const name = await seeded(`tampered-${change.length}-${why}`);
  const [event] = await gateway.db.query<{ request_id: string }>(
    { name: 'test-request-of-event', text: 'SELECT request_id FROM events WHERE event_id = $1' },
    [name],
  );
  await asOwner(`${change} WHERE request_id = '${event?.request_id}'`);
  const found = await verify('--tenant', TENANT);
  expect(found).toMatchObject({ exitCode: 1, ok: false });
  expect(found.faults.filter((one: { request_id: string }) => one.request_id === event?.request_id)).toEqual([
    expect.objectContaining({ why, tenant_id: TENANT }),
  ]);
  expect(await verify('--tenant', OTHER_TENANT)).toMatchObject({ exitCode: 0, ok: true });
});

test('the key has to have been valid when it was committed, and for that tenant', async () => {
  const key = createTestKey();
  const kid = await importKey(key);
  for (const [name, change] of [
    ['too-early', `changed_at = changed_at + interval '1 hour'`],
    ['pending', `state = 'pending'`],
    ['revoked', `state = 'revoked'`],
    ['expired', `not_after = '2020-01-01T00:00:00Z'`],
    ['of-the-future', `not_before = '2099-01-01T00:00:00Z'`],
    ['of-another-tenant', `domain = ARRAY['${OTHER_TENANT}']`],
  ] as const) {
    await seeded(name, { key });
    await asOwner(`CREATE TABLE kept AS SELECT * FROM federation.key_history WHERE kid = '${kid}';
      UPDATE federation.key_history SET ${change} WHERE kid = '${kid}'`);
    expect([name, await verify('--event', name)]).toEqual([
      name,
      expect.objectContaining({
        exitCode: 1,
        invalid: 1,
        faults: [expect.objectContaining({ why: 'key_not_valid' })],
      }),
    ]);
    await asOwner(`DELETE FROM federation.key_history WHERE kid = '${kid}';
      INSERT INTO federation.key_history OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept`);
    expect([name, await verify('--event', name)]).toEqual([
      name,
      expect.objectContaining({ exitCode: 0, valid: 1 }),
    ]);
  }
});

test('a graph that is stored otherwise than it was signed is found; removed evidence is counted', async () => {
  const { json } = await post(graph(federation, { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT }));
  await asOwner(`UPDATE federation.graphs SET attestation_measurement_hash = '${'0'.repeat(64)}'
    WHERE request_id = '${json.request_id}'`);
  expect(await verify('--tenant', OTHER_TENANT)).toMatchObject({
    exitCode: 1,
    faults: [{ why: 'content', event_id: null, request_id: json.request_id }],
  });
  await asOwner(`DELETE FROM federation.evidence WHERE request_id = '${json.request_id}'`);
  expect(await verify('--tenant', OTHER_TENANT)).toMatchObject({
    exitCode: 0,
    evidence_removed: 1,
    invalid: 0,
  });
});
