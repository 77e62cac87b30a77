import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { send } from '../support/client.ts';
import { telemetry } from '../support/requests.ts';
import { isAlive, until, workersOf } from '../support/served-process.ts';
import { createWorkersWorld, metric, startTraffic, untilReady, type WorkersWorld } from './world.ts';

// Each test starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

test('SIGUSR2 under load: every worker is new, no request was refused or cut, never fewer accepted', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2' });
  await untilReady(served.adminListen);
  const before = workersOf(served.pid);
  const traffic = startTraffic(world.federation, served.listen, 8);
  await until(() => traffic.acknowledged.length > 20, 'traffic flows');

  const serving: number[] = [];
  let rolling = true;
  const watcher = (async () => {
    while (rolling) serving.push(await metric(served.adminListen, 'vectorvue_workers_serving'));
  })();
  served.signal('SIGUSR2');
  await served.line('workers.rolling');
  // While one is under way another is not begun.
  served.signal('SIGUSR2');
  await served.line('workers.roll_ended');
  await served.line('workers.rolled');
  rolling = false;
  await watcher;
  const marked = traffic.acknowledged.length;
  await until(() => traffic.acknowledged.length > marked + 20, 'traffic goes on');
  await traffic.stop();

  expect(traffic.trouble).toEqual([]);
  expect(serving.length).toBeGreaterThan(0);
  expect(Math.min(...serving)).toBeGreaterThanOrEqual(2);
  const after = workersOf(served.pid);
  expect(after).toHaveLength(2);
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  expect(before.filter(isAlive)).toEqual([]);
  expect(await metric(served.adminListen, 'vectorvue_worker_restarts_total{reason="rolled"}')).toBe(2);
  const accepted = 'vectorvue_requests_total{endpoint="telemetry",code="accepted"}';
  // Those who have gone have said farewell: not one answer is missing from the sum.
  expect(await metric(served.adminListen, accepted)).toBe(traffic.acknowledged.length);
  expect(await served.stop()).toBe(0);
});

test('a connection that is idle when its worker leaves is told so by its next answer, and not cut', async () => {
  const served = await world.serve({ VV_TG_WORKERS: '2', VV_TG_DRAIN_SECONDS: '40' });
  // Two connections, one at each worker.
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const ask = async (agent: Agent): Promise<string | undefined> => {
    const answer = await send(world.federation, served.listen, telemetry(world.federation), { agent });
    expect(answer.status).toBe(202);
    return answer.headers.connection;
  };
  for (const agent of agents) expect(await ask(agent)).toBe('keep-alive');
  served.signal('SIGUSR2');
  await served.line('workers.rolling');
  // Long before the drain time is over both workers are gone, because each connection ends with its next answer. Which
  // of them leaves first is not known, and who was sent away comes back: each is asked until it has heard it.
  const heard = new Set<Agent>();
  for (let round = 0; heard.size < 2 && round < 200; round += 1) {
    await sleep(100);
    for (const agent of agents) if (!heard.has(agent) && (await ask(agent)) === 'close') heard.add(agent);
  }
  expect(heard.size).toBe(2);
  await served.line('workers.rolled');
  for (const agent of agents) agent.destroy();
  expect(await served.stop()).toBe(0);
});
