import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSpool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import {
  type AgentFixture,
  canonicalEvent,
  createAgentFixture,
  OPERATOR,
  TENANT,
} from '../cli/agent-fixture.ts';
import { accepted, type Handler, problem, TELEMETRY } from '../cli/gateway-stand-in.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { newEvents } from '../support/events.ts';
import { type DaemonProcess, startDaemon, until } from './daemon-process.ts';

let fixture: AgentFixture;
let state: State;
let daemon: DaemonProcess | null = null;

beforeEach(async () => {
  fixture = await createAgentFixture();
  fixture.environment.SPECTRASTRIKE_LOG_LEVEL = 'info';
  fixture.environment.SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS = '0';
  fixture.environment.SPECTRASTRIKE_MAX_BACKOFF_SECONDS = '1';
  state = openState(dataDir());
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = null;
  state.close();
  await fixture.close();
});

const dataDir = (): string => fixture.environment.SPECTRASTRIKE_DATA_DIR ?? join(fixture.path, 'data');
const spool = () => createSpool(state, { now: Date.now });
const lane = () => ({ gateway: fixture.gateway.url, operatorId: OPERATOR, tenantId: TENANT });
const counts = () => spool().counts()[0];
const isDelivered = (count: number) => () => counts()?.delivered === count;

/** The gateway's rule (PROTOCOL.md section 4): an event is stored once, and again it is a duplicate. */
function storing(stored: Map<string, number>): Handler {
  return ({ body }) => {
    const { event_id: id } = body.payload as { event_id: string };
    stored.set(id, (stored.get(id) ?? 0) + 1);
    return { status: 202, body: accepted({ duplicate: stored.get(id) !== 1 }) };
  };
}

test('up, one of its kind, delivers what others spool, wakes by hand, and ends with what was in flight', async () => {
  spool().enqueue(lane(), null, newEvents(3));
  daemon = await startDaemon(fixture.environment);
  expect(daemon.ready).toMatchObject({
    event: 'agent.ready',
    pid: daemon.child.pid,
    data_dir: dataDir(),
    gateways: [fixture.gateway.url],
    tenants: [TENANT],
  });
  await until(isDelivered(3));
  const second = await fixture.run('run');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('another daemon runs');

  // A gateway that is away opens the circuit; the next probe is up to a second away, and a wake does not wait for it.
  fixture.gateway.handlers.set(TELEMETRY, () => ({
    status: 503,
    body: {},
    headers: { 'retry-after': '3600' },
  }));
  spool().enqueue(lane(), null, newEvents(4, 'later'));
  await until(() => spool().gateway(fixture.gateway.url).circuit === 'open');
  const shown = (await runInProcess(fixture.environment, ['status', '--json'])).last;
  expect(shown).toMatchObject({
    daemon: { pid: daemon.child.pid },
    pending: 4,
    gateways: [{ circuit: 'open', last_code: '503' }],
    lanes: [{ waiting: { reason: 'gateway_away', code: '503' } }],
  });
  const stored = new Map<string, number>();
  fixture.gateway.handlers.set(TELEMETRY, storing(stored));
  const woken = await runInProcess(fixture.environment, ['wake', '--json']);
  expect(woken).toMatchObject({ code: 0, last: { woken: true, pid: daemon.child.pid, pending: 4 } });
  await until(isDelivered(7));
  expect([...stored.keys()].sort()).toEqual(newEvents(4, 'later').map((one) => one.eventId));

  expect(await daemon.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect((await runInProcess(fixture.environment, ['wake', '--json'])).code).toBe(1);
  expect((await runInProcess(fixture.environment, ['status', '--json'])).last).toMatchObject({
    daemon: null,
  });
}, 60_000);

test('SIGTERM waits for what is in flight and records it; a second signal waits for nothing', async () => {
  let release: (() => void) | null = null;
  fixture.gateway.handlers.set(TELEMETRY, async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { status: 202, body: accepted() };
  });
  spool().enqueue(lane(), null, newEvents(1));
  daemon = await startDaemon(fixture.environment);
  await until(() => release !== null);
  const ended = daemon.end('SIGTERM');
  await until(() => daemon?.log().some((line) => line.message === 'agent.stopping') === true);
  expect(counts()).toMatchObject({ delivered: 0, pending: 1 });
  (release as (() => void) | null)?.();
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(counts()).toMatchObject({ delivered: 1, pending: 0 });

  release = null;
  spool().enqueue(lane(), null, newEvents(1, 'held'));
  daemon = await startDaemon(fixture.environment);
  await until(() => release !== null);
  const first = daemon.end('SIGTERM');
  await until(() => daemon?.log().some((line) => line.message === 'agent.stopping') === true);
  expect(await daemon.end('SIGINT')).toEqual({ code: null, signal: 'SIGINT' });
  await first;
  expect(counts()).toMatchObject({ delivered: 1, pending: 1 });
}, 60_000);

test('beside a daemon, send says that the rate limit of the gateway is what is waited for; a full spool is refused', async () => {
  fixture.gateway.handlers.set(TELEMETRY, () => ({
    ...problem(429, 'rate_limited'),
    headers: { 'retry-after': '3600' },
  }));
  daemon = await startDaemon(fixture.environment);
  spool().enqueue(lane(), null, newEvents(2));
  await until(() => (spool().lanes()[0]?.heldUntilMs ?? 0) > Date.now() + 60_000);
  const one = fixture.file('one.jsonl', canonicalEvent('one'));
  const sent = await runInProcess(fixture.environment, ['send', one, '--wait', '0']);
  expect(sent.code).toBe(2);
  expect(sent.stdout).toMatch(
    /Waiting for the gateway's rate limit: rate_limited \(rate_limited\), next attempt in \d+ min/,
  );
  expect(sent.stdout).toContain('Another process of this agent delivers');
  const shown = (await runInProcess(fixture.environment, ['status', '--json'])).last;
  expect(shown).toMatchObject({ lanes: [{ waiting: { reason: 'rate_limited', code: 'rate_limited' } }] });

  const two = fixture.file('two.jsonl', canonicalEvent('two'));
  const bounded = { ...fixture.environment, SPECTRASTRIKE_SPOOL_MAX_BYTES: '1000' };
  const refused = await runInProcess(bounded, ['send', two, one, '--no-wait', '--json']);
  expect(refused).toMatchObject({ code: 2, last: { read: 1, spooled: 0, pending: 3 } });
  expect(refused.stdout).toContain('spool_full');
}, 60_000);

test('kill -9 again and again: every event is stored once, and the intents have no gap', async () => {
  const stored = new Map<string, number>();
  fixture.gateway.handlers.set(TELEMETRY, storing(stored));
  spool().enqueue(lane(), null, newEvents(200));
  for (const killAt of [30, 90, 150]) {
    daemon = await startDaemon(fixture.environment);
    await until(() => stored.size >= killAt);
    expect(await daemon.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  }
  daemon = await startDaemon(fixture.environment);
  await until(isDelivered(200));
  expect(stored.size).toBe(200);
  const sequence = state.db.prepare('SELECT sequence FROM intents ORDER BY sequence').all();
  expect(sequence.map((row) => row.sequence)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
}, 60_000);
