/** The overview: what came in, agents, what wants a hand; and that nobody is told of others' tenants. */

import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { liveOverview } from '../../src/console/overview/live-overview.ts';
import type { Gathered } from '../../src/console/overview/overview-for.ts';
import type { Overview } from '../../src/console/overview/overview-schema.ts';
import { Traffic } from '../../src/console/overview/traffic.ts';
import { endSession } from '../../src/console/session/sessions.ts';
import { send } from '../support/client.ts';
import {
  createTestKey,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { nowSeconds, payload, telemetry } from '../support/requests.ts';
import { type ConsoleWorld, openConsoleWorld } from './console-world.ts';

const OTHER = { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT };

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
  const { federation, gateway } = world;
  const event = { payload: payload() };
  const requests = [
    telemetry(federation, event),
    telemetry(federation, event),
    telemetry(federation, OTHER),
    telemetry(federation, { payload: payload({}, { schema_version: undefined }) }),
    telemetry(federation, { payload: payload({ severity: 'dreadful' }) }),
    ...Array.from({ length: 6 }, () => telemetry(federation, {}, { key: createTestKey() })),
    telemetry(federation, {}, { timestamp: nowSeconds() - 20 }),
  ];
  for (const request of requests) await send(federation, gateway.listen, request);
});
afterAll(() => world?.close());

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const kindsOf = ({ warnings }: Overview) => warnings.map(({ kind, subject }) => `${kind} ${subject}`.trim());

test('who sees all is told of all: traffic by code, tenants, agents with their clocks, latency, warnings', async () => {
  const officer = await world.signIn('officer');
  const overview: Overview = (await officer.get('/overview')).json;
  const { traffic, tenants, agents, latency } = overview;
  expect(traffic.accepted).toHaveLength(60);
  expect([sum(traffic.accepted), sum(traffic.duplicate)]).toEqual([3, 1]);
  expect(traffic.refused.map(({ code, entries, written }) => [code, entries, written])).toEqual([
    ['signature_invalid', 6, 'each'],
    ['schema_invalid', 1, 'each'],
    ['schema_version_missing', 1, 'each'],
  ]);
  expect(traffic.counted_from).toBe(traffic.from);
  expect(tenants).toMatchObject([
    { tenant_id: TENANT, accepted: 2, duplicate: 1, refused: 1, state: 'active' },
    { tenant_id: OTHER_TENANT, accepted: 1, duplicate: 0, refused: 0 },
  ]);
  expect(agents).toMatchObject([
    {
      identity: IDENTITY,
      tenant_id: TENANT,
      operator_id: OPERATOR,
      last_refusal: { code: 'signature_invalid' },
    },
    { identity: IDENTITY, tenant_id: OTHER_TENANT, operator_id: OTHER_OPERATOR },
  ]);
  expect(agents[0]?.clock_skew_seconds).toBeLessThanOrEqual(-20);
  expect(agents[0]?.clock_skew_seconds).toBeGreaterThan(-30);
  expect(latency?.endpoints).toMatchObject([{ endpoint: 'telemetry', answers: 12 }]);
  expect(latency?.endpoints[0]?.p50_ms).toBeGreaterThan(0);
  expect(kindsOf(overview)).toEqual([
    'log_unsigned',
    `clock_skew ${IDENTITY}`,
    'security_events signature_invalid',
  ]);
});

test('a viewer is told of its tenants and of nothing else', async () => {
  const viewer = await world.signIn('viewer', [TENANT]);
  const answer = await viewer.get('/overview');
  const overview: Overview = answer.json;
  expect(sum(overview.traffic.accepted)).toBe(2);
  expect(overview.traffic.refused.map(({ code }) => code)).toEqual(['schema_version_missing']);
  expect(overview.tenants.map(({ tenant_id }) => tenant_id)).toEqual([TENANT]);
  expect(overview.agents).toMatchObject([{ tenant_id: TENANT, last_refusal: null }]);
  expect(overview.latency).toBeNull();
  expect(kindsOf(overview)).toEqual([`clock_skew ${IDENTITY}`]);
  for (const secret of [OTHER_TENANT, OTHER_OPERATOR, 'signature_invalid', 'schema_invalid']) {
    expect(answer.text).not.toContain(secret);
  }
  const other = await viewer.get(`/overview?tenant=${OTHER_TENANT}`);
  expect([other.status, other.json.code]).toEqual([403, 'tenant_forbidden']);
  const narrowed: Overview = (await (await world.signIn('officer')).get(`/overview?tenant=${TENANT}`)).json;
  expect({ ...narrowed, at: '', warnings: [] }).toEqual({ ...overview, at: '', warnings: [] });
  const nobody: Overview = (await (await world.signIn('analyst', [], 'none')).get('/overview')).json;
  expect([nobody.tenants, nobody.agents, nobody.warnings]).toEqual([[], [], []]);
  expect(sum(nobody.traffic.accepted)).toBe(0);
});

test('counting on from a look gives what a gateway that starts anew counts', async () => {
  const { db, listen } = world.gateway;
  const running = new Traffic(db);
  await Promise.all([running.advance(), running.stepBack()]);
  await send(world.federation, listen, telemetry(world.federation));
  await running.advance();
  const restarted = new Traffic(db);
  await restarted.advance();
  await restarted.stepBack();
  const told = (traffic: Traffic) =>
    traffic
      .rows()
      .map(({ minuteMs, tenantId, codes }) => [minuteMs, tenantId, [...codes].sort()].join())
      .sort();
  expect(told(running)).toEqual(told(restarted));
  const accepted = running.rows().map(({ codes }) => codes.get('accepted') ?? 0);
  expect(sum(accepted)).toBe(4);
});

test('live: the same as server-sent events, for the session’s tenants', async () => {
  const viewer = await world.signIn('viewer', [OTHER_TENANT], 'live');
  const { text, type } = await firstEvent(world.listen, viewer.cookie ?? '');
  expect(type).toBe('text/event-stream');
  const [retry, name, data = ''] = text.split(/\n+/);
  expect([retry, name]).toEqual(['retry: 1000', 'event: overview']);
  const overview: Overview = JSON.parse(data.slice('data: '.length));
  expect(overview.tenants).toMatchObject([{ tenant_id: OTHER_TENANT, accepted: 1 }]);
  expect(text).not.toContain(TENANT);
});

test('live: says when it is not, beats while it waits, ends with the session and with the reader', async () => {
  const operator = await world.signIn('operator');
  const sessions = await world.gateway.db.query<{ session_id: string }>({
    name: 'test-sessions',
    text: `SELECT session_id::text FROM console_sessions WHERE name = 'operator'`,
  });
  expect((await operator.get('/session')).status).toBe(200);
  const sessionId = sessions[0]?.session_id ?? '';
  let nowMs = Date.now();
  const gone = new AbortController();
  let reading: Promise<Gathered> = Promise.reject(new Error('the store is away'));
  const session = { sessionId } as Parameters<typeof liveOverview>[1]['session'];
  const context = { session, signal: gone.signal, now: () => nowMs, store: world.gateway.db };
  // Time is what this test says; the real one only lets other promises go first.
  const rest = async () => sleep(1).then(() => null);
  const open = () =>
    liveOverview({ read: () => reading }, context, 'all-tenants', rest).chunks[Symbol.asyncIterator]();
  const stream = open();
  expect((await stream.next()).value).toBe('retry: 1000\n\n');
  expect((await stream.next()).value).toBe('event: unavailable\ndata: {}\n\n');
  reading = new Promise(() => undefined);
  expect((await stream.next()).value).toBe(': beat\n\n');
  await endSession(world.gateway.db, sessionId, 'test', Date.now());
  const ended = open();
  reading = Promise.reject(new Error('the store is away'));
  reading.catch(() => undefined);
  expect((await ended.next()).value).toBe('retry: 1000\n\n');
  expect((await ended.next()).value).toBe('event: unavailable\ndata: {}\n\n');
  nowMs += 10_000;
  expect((await ended.next()).done).toBe(true);
  gone.abort();
  expect((await stream.next()).done).toBe(true);
});

/** Up to the end of the first event; then the reader goes away. */
function firstEvent(listen: string, cookie: string): Promise<{ text: string; type: string | undefined }> {
  return new Promise((resolve, reject) => {
    const [host = '', port = ''] = listen.split(':');
    const outgoing = httpRequest(
      {
        host,
        port,
        path: '/console/api/v1/overview/live',
        headers: { Host: listen, Cookie: cookie },
        agent: false,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
          if (!/data: .*\n\n/.test(text)) return;
          outgoing.destroy();
          resolve({ text, type: response.headers['content-type'] });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
