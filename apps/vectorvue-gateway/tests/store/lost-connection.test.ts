import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitOutcome, CommitRequest } from '../../src/store/commit-types.ts';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type CutProxy, cutProxy } from './cut-proxy.ts';
import { event, newParty, refusal, request, summary, telemetry } from './requests.ts';
import { countOf, keepingLogger, openTest, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };
const COMMIT = 'commit_requests_v1';

let server: PostgresServer;
let proxy: CutProxy;
let url: string;
/** Beside the proxy, to look and to hold locks. */
let witness: Database;
/** Through the proxy. */
let db: Database;
let logger: ReturnType<typeof keepingLogger>;

beforeAll(async () => {
  server = await startPostgres({ fast: true });
});
afterAll(() => server.stop());

beforeEach(async () => {
  logger = keepingLogger();
  url = await server.createDatabase();
  witness = await openTest(url, '', 'serve', logger);
  await migrate(witness);
  proxy = await cutProxy(server.port);
  const through = new URL(url);
  through.host = `127.0.0.1:${proxy.port}`;
  db = await openTest(through.href, '', 'serve', logger);
});
afterEach(async () => {
  await db.close();
  await proxy.close();
  await witness.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const commit = (requests: readonly CommitRequest[], patienceMs = 10_000) =>
  createCommit(db, { ...LIMITS, logger, readBack: { patienceMs } })(requests);

/** Runs the work while the head of the log is held, so that a commit stands just before its end. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  await witness.transaction(async (tx) => {
    await rowsOf(tx, 'SELECT size FROM audit_head FOR UPDATE');
    await work();
  });
}

const BLOCKED = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** With the login's rights: others may not see what a backend waits for. */
function blocked(): Promise<number> {
  return withLoginSession(witness, (session) => countOf(session, BLOCKED.slice(5)));
}

async function untilBlocked(): Promise<void> {
  for (let wait = 0; wait < 500; wait += 1) {
    if ((await blocked()) > 0) return;
    await pause(20);
  }
  throw new Error('nothing is waiting');
}

test('cut after the commit, before its answer: read back as it was, item by item', async () => {
  const party = newParty();
  await commit([telemetry(party, [event('known')])]);
  const sent = [
    telemetry(party, [event('e1'), event('known'), event('known', {}, 'other')], {
      endpoint: 'telemetry-batch',
    }),
    refusal(party, Buffer.from('x')),
    request(party, { kind: 'bundle', bundleHash: 'f'.repeat(64) }, { endpoint: 'evidence-bundle' }),
    telemetry(party, [event('e9')], { trustVersion: 99 }),
  ];
  const replayed = telemetry(party, [event('e5')], { nonceClaim: sent[0]?.nonceClaim ?? null });
  proxy.cutAfterAnswer(COMMIT);
  const outcomes = await commit([...sent, replayed]);
  expect(proxy.cuts()).toBe(1);
  expect(summary(outcomes)).toEqual([
    'committed:accepted+duplicate+conflict',
    'committed:recorded',
    'committed:recorded',
    'unavailable',
    'replay',
  ]);
  const entries = await rowsOf<{ sequence: number; leaf: string }>(
    witness,
    `SELECT sequence, encode(leaf_hash, 'hex') AS leaf FROM audit_log WHERE request_id = $1 ORDER BY sequence`,
    [sent[0]?.requestId ?? ''],
  );
  const [first] = outcomes;
  if (first?.status !== 'committed') throw new Error('not committed');
  expect(first.items.map((item) => ({ sequence: item.sequence, leaf: item.leafHash }))).toEqual(entries);
  expect(await countOf(witness, 'events')).toBe(2);
});

test('terminated before the commit: known to be unwritten, and the same bytes succeed afterwards', async () => {
  const party = newParty();
  await commit([refusal(party, null)]);
  const sent = telemetry(party, [event('e1')]);
  let flushed: Promise<readonly CommitOutcome[]> = Promise.resolve([]);
  await whileHeld(async () => {
    flushed = commit([sent]);
    await untilBlocked();
    await withLoginSession(witness, (session) =>
      rowsOf(session, `SELECT pg_terminate_backend(pid) ${BLOCKED}`),
    );
    expect(summary(await flushed)).toEqual(['unavailable']);
  });
  expect(await countOf(witness, 'events')).toBe(0);
  expect(await countOf(witness, 'nonces')).toBe(1);
  expect(summary(await commit([sent]))).toEqual(['committed:accepted']);
});

test('cut while the server is still at it: it is ended first, so that it cannot commit after the answer', async () => {
  const party = newParty();
  await commit([refusal(party, null)]);
  const sent = telemetry(party, [event('e1')]);
  await whileHeld(async () => {
    proxy.cutAfterRequest(COMMIT);
    expect(summary(await commit([sent]))).toEqual(['unavailable']);
    expect(proxy.cuts()).toBe(1);
    expect(await blocked()).toBe(0);
  });
  await pause(100);
  expect(await countOf(witness, 'events')).toBe(0);
  expect(summary(await commit([sent]))).toEqual(['committed:accepted']);
});

test('the server is killed in flight and comes back: read back, nothing half-written', async () => {
  const party = newParty();
  const before = await commit([telemetry(party, [event('e0')])]);
  expect(summary(before)).toEqual(['committed:accepted']);
  const sent = telemetry(party, [event('e1')]);
  let flushed: Promise<readonly CommitOutcome[]> = Promise.resolve([]);
  await whileHeld(async () => {
    flushed = commit([sent], 60_000);
    await untilBlocked();
    await server.kill9();
  }).catch(() => undefined);
  await server.restart();
  expect(summary(await flushed)).toEqual(['unavailable']);
  expect(await countOf(witness, 'events')).toBe(1);
  expect(await countOf(witness, 'audit_log')).toBe(1);
  expect(summary(await commit([sent]))).toEqual(['committed:accepted']);
});

test('the server is away: unavailable, and known to be; where it cannot be read back in time, unknown; then it recovers', async () => {
  const party = newParty();
  await commit([refusal(party, null)]);
  const sent = telemetry(party, [event('e1')]);
  let flushed: Promise<readonly CommitOutcome[]> = Promise.resolve([]);
  await whileHeld(async () => {
    flushed = commit([sent], 200);
    await untilBlocked();
    await server.kill9();
  }).catch(() => undefined);
  expect(summary(await flushed)).toEqual(['unknown']);
  const other = telemetry(party, [event('e2')]);
  expect(summary(await commit([other, refusal(party, null)]))).toEqual(['unavailable', 'unavailable']);
  await server.restart();
  expect(summary(await commit([other]))).toEqual(['committed:accepted']);
});

test('a listener hears again after its connection was lost, and is told that it may have missed something', async () => {
  const heard: string[] = [];
  const stop = await db.listen('trust_changed', (payload) => heard.push(payload));
  const until = async (payload: string) => {
    for (let wait = 0; !heard.includes(payload) && wait < 500; wait += 1) await pause(20);
    expect(heard).toContain(payload);
  };
  await rowsOf(witness, `SELECT pg_notify('trust_changed', 'one')`);
  await until('one');
  await withLoginSession(witness, (session) =>
    rowsOf(
      session,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()`,
    ),
  );
  await until('');
  await rowsOf(witness, `SELECT pg_notify('trust_changed', 'two')`);
  await until('two');
  await stop();
  await rowsOf(witness, `SELECT pg_notify('trust_changed', 'three')`);
  await pause(100);
  expect(heard).not.toContain('three');
});

test('a server that is not there is unavailable, without its address in the message', async () => {
  const nowhere = new URL(url);
  nowhere.port = '1';
  nowhere.password = 'hunter2';
  const opening = openTest(nowhere.href, '', 'serve', logger);
  await expect(opening).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.not.stringContaining('hunter2'),
  });
});
