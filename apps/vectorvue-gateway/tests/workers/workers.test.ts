import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '@nyxera/federation-testing';
import pg from 'pg';
import { send } from '../support/client.ts';
import { telemetry } from '../support/requests.ts';
import { isAlive, serveInProcess, until, workersOf } from '../support/served-process.ts';
import {
  createWorkersWorld,
  metric,
  sendPatiently,
  startTraffic,
  untilReady,
  type WorkersWorld,
} from './world.ts';

// Each test starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

async function storedEvents(databaseUrl: string): Promise<ReadonlyMap<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ event_id: string; n: number }>(
    'SELECT event_id, count(*)::int AS n FROM federation.events GROUP BY event_id',
  );
  await client.end();
  return new Map(rows.map(({ event_id, n }) => [event_id, n]));
}

test('one ready line when all accept; every worker serves; /metrics is their sum; SIGTERM ends all with 0', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '3', VV_TG_LOG_LEVEL: 'debug' });
  const workers = workersOf(served.pid);
  expect(workers).toHaveLength(3);
  expect(served.listen).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
  await untilReady(served.adminListen);
  for (let round = 0; round < 6; round += 1) {
    expect((await send(world.federation, served.listen, telemetry(world.federation))).status).toBe(202);
  }
  const ofWorker = (worker: number) =>
    served.lines().filter((line) => line.message === 'request.accepted' && line.worker === worker).length;
  await until(() => ofWorker(1) + ofWorker(2) + ofWorker(3) === 6, 'six acceptances are logged');
  // New connections go round, so that each has had two.
  expect([ofWorker(1), ofWorker(2), ofWorker(3)]).toEqual([2, 2, 2]);
  const accepted = 'vectorvue_requests_total{endpoint="telemetry",code="accepted"}';
  expect(await metric(served.adminListen, accepted)).toBe(6);
  expect(await metric(served.adminListen, 'vectorvue_workers_serving')).toBe(3);
  for (const worker of ['1', '2', '3']) {
    const rss = `vectorvue_worker_resident_memory_bytes{worker="${worker}"}`;
    expect(await metric(served.adminListen, rss)).toBeGreaterThan(10_000_000);
  }
  expect(await metric(served.adminListen, 'vectorvue_living_nonces')).toBe(6);
  // People come to the primary.
  const door = await fetch(`http://${served.adminListen}/console/api/v1/sign-in`);
  expect([door.status, await door.json()]).toEqual([200, { link: true, certificate: false, oidc: false }]);

  expect(await served.stop()).toBe(0);
  expect(workers.filter(isAlive)).toEqual([]);
  expect(served.stdout().trim().split('\n')).toHaveLength(1);
});

test('kill -9 of a worker under traffic: nothing acknowledged is lost, the port stays, it is replaced', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  const traffic = startTraffic(world.federation, served.listen, 8);
  await until(() => traffic.acknowledged.length > 20, 'traffic flows');
  const accepted = 'vectorvue_requests_total{endpoint="telemetry",code="accepted"}';
  const before = await metric(served.adminListen, accepted);
  const [victim, other] = workersOf(served.pid);
  process.kill(victim ?? -1, 'SIGKILL');
  await served.line('worker.died', { signal: 'SIGKILL' });
  // Whoever knocks now is let in by the other one.
  expect((await send(world.federation, served.listen, telemetry(world.federation))).status).toBe(202);
  await served.line('worker.replaced');
  await until(async () => (await metric(served.adminListen, 'vectorvue_workers_serving')) === 2, 'two serve');
  const marked = traffic.acknowledged.length;
  await until(() => traffic.acknowledged.length > marked + 20, 'traffic goes on');
  await traffic.stop();

  const workers = workersOf(served.pid);
  expect(workers).toContain(other);
  expect(workers).not.toContain(victim);
  expect(workers).toHaveLength(2);
  expect(await metric(served.adminListen, 'vectorvue_worker_restarts_total{reason="died"}')).toBe(1);
  expect(await metric(served.adminListen, accepted)).toBeGreaterThanOrEqual(before);
  await untilReady(served.adminListen);
  // Only what was on the killed worker's connections may have gone without an answer; no refusal.
  for (const trouble of traffic.trouble) expect(trouble).toMatch(/no answer/);
  const stored = await storedEvents(served.databaseUrl);
  expect(traffic.acknowledged.filter((eventId) => stored.get(eventId) !== 1)).toEqual([]);
  expect(await served.stop()).toBe(0);
});

test('whoever knocks in the moment in which a worker is killed is answered or cut, and does not wait for ever', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  for (let round = 0; round < 3; round += 1) {
    const [victim] = workersOf(served.pid);
    process.kill(victim ?? -1, 'SIGKILL');
    // Handed over to nobody: node:cluster forgets such a connection, and its client would hear nothing at all.
    const knocks = Array.from({ length: 4 }, () =>
      sendPatiently(world.federation, served.listen, telemetry(world.federation)),
    );
    expect((await Promise.all(knocks)).filter((answer) => answer === 'no answer')).toEqual([]);
    await until(
      async () => (await metric(served.adminListen, 'vectorvue_workers_serving')) === 2,
      'two serve',
    );
  }
  expect(await served.stop()).toBe(0);
});

test('all workers killed at once: both come back, on the same port', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  for (const worker of workersOf(served.pid)) process.kill(worker, 'SIGKILL');
  await until(async () => {
    const answer = await sendPatiently(world.federation, served.listen, telemetry(world.federation));
    return typeof answer !== 'string' && answer.status === 202;
  }, 'it accepts again');
  await untilReady(served.adminListen);
  expect(await served.stop()).toBe(0);
});

test('a primary that is killed takes its workers along', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  const workers = workersOf(served.pid);
  served.signal('SIGKILL');
  await until(() => !workers.some(isAlive), 'the workers are gone');
});

test('a worker that is frozen: /readyz says which, and says so no longer when it goes on', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  await untilReady(served.adminListen);
  const [frozen] = workersOf(served.pid);
  process.kill(frozen ?? -1, 'SIGSTOP');
  const response = await fetch(`http://${served.adminListen}/readyz`);
  expect([response.status, await response.text()]).toEqual([
    503,
    expect.stringMatching(/worker [12] does not answer/),
  ]);
  process.kill(frozen ?? -1, 'SIGCONT');
  await untilReady(served.adminListen);
  expect(await served.stop()).toBe(0);
});

describe('a start that cannot succeed ends the primary, and leaves nobody behind', () => {
  const environment = async (changes: Record<string, string>) => ({
    ...world.federation.environment,
    DATABASE_URL: await world.postgres.createDatabase(),
    VV_TG_WORKERS: '2',
    ...changes,
  });

  test('bad configuration: 78', async () => {
    const served = serveInProcess(await environment({ VV_TG_WORKERS: '65' }));
    expect(await served.exit).toBe(78);
    expect(served.stdout()).toBe('');
  });

  test('a federation port that is taken: 1', async () => {
    const first = await world.serve({ VV_TG_WORKERS: '2' });
    const served = serveInProcess(await environment({ VV_TG_LISTEN: first.listen }));
    expect(await served.exit).toBe(1);
    expect(await first.stop()).toBe(0);
  });

  test('a worker that is refused what it needs: the exit code of its refusal, not a loop of restarts', async () => {
    // The probe of the primary needs no privilege that a worker would not; the address is what only workers lack:
    // the port is taken between the two by a process that answers nobody.
    const port = await freePort();
    const { createServer } = await import('node:net');
    const squatter = createServer();
    const served = serveInProcess(await environment({ VV_TG_LISTEN: `127.0.0.1:${port}` }));
    await until(
      async () =>
        served.lines().some((line) => line.message === 'store.migrated') ||
        (await Promise.race([served.exit.then(() => true), Promise.resolve(false)])),
      'the primary is past its probe',
    );
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
    expect(await served.exit).toBe(1);
    expect(served.stdout()).toBe('');
    expect(served.lines().filter((line) => line.message === 'worker.replaced')).toEqual([]);
    squatter.close();
  });

  test('a database that is not there is waited for, and SIGTERM ends the waiting with 0', async () => {
    const served = serveInProcess(
      await environment({ DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' }),
    );
    await served.line('store.waiting');
    expect(await served.stop()).toBe(0);
  });
});

test('on the embedded database: one process, and a warning that says why', async () => {
  const served = serveInProcess({ ...world.federation.environment, VV_TG_WORKERS: '4' });
  expect(await served.ready).toMatchObject({ workers: 1, database: 'embedded' });
  expect(workersOf(served.pid)).toEqual([]);
  const { warning } = await served.line('config.warning');
  expect(warning).toMatch(/VV_TG_WORKERS/);
  served.signal('SIGUSR2');
  await served.line('workers.roll_refused');
  expect(await served.stop()).toBe(0);
});
