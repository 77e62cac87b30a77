import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DaemonContext } from '../../src/daemon/service.ts';
import type { NewEvent } from '../../src/intake/index.ts';
import { GatherEvents } from '../../src/local-api/gather-events.ts';
import { DEFAULT_API_LIMITS } from '../../src/local-api/limits.ts';
import type { EnqueueOutcome } from '../../src/spool/enqueue.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { StateFault, type StateFaultCode } from '../../src/state/state-fault.ts';
import { canonicalEvent } from '../cli/agent-fixture.ts';
import { newEvents } from '../support/events.ts';
import {
  ask,
  createDaemonFixture,
  type DaemonFixture,
  postJson,
  socketOf,
  spooledIds,
  startApi,
} from './api-fixture.ts';

const LANE = { gateway: 'https://g', operatorId: 'op', tenantId: 't' };
const OTHER = { ...LANE, tenantId: 'u' };

/** Remembers what was enqueued together; a transaction with an event that `refuses` names stores nothing. */
function remembering(refuses: Readonly<Record<string, StateFaultCode | 'bug'>> = {}) {
  const groups: string[][] = [];
  const stored = new Map<string, NewEvent>();
  const spool: Pick<Spool, 'enqueue'> = {
    enqueue: (lane, _report, events, onOutcome) => {
      const all = [...events];
      groups.push(all.map((one) => one.eventId));
      for (const { eventId } of all) {
        const code = refuses[eventId];
        if (code === 'bug') throw new TypeError('bug');
        if (code !== undefined) throw new StateFault(code, 'no');
      }
      for (const [seq, event] of all.entries()) {
        const key = `${lane.tenantId} ${event.eventId}`;
        onOutcome?.(stored.has(key) ? 'known' : 'spooled', event, seq);
        stored.set(key, event);
      }
      return { spooled: 0, known: 0, changed: [] };
    },
  };
  let flush: () => void = () => undefined;
  const gathered = new GatherEvents(spool, (later) => {
    flush = later;
  });
  return { gathered, groups, stored, flush: () => flush() };
}

const settled = async (all: readonly Promise<EnqueueOutcome>[]): Promise<string[]> =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === 'fulfilled' ? one.value : ((one.reason as { code?: string }).code ?? 'bug'),
  );

describe('single events that come at the same time', () => {
  const [a, b, c] = newEvents(3) as [NewEvent, NewEvent, NewEvent];

  test('are one transaction a lane, each with its own outcome; those that come later are the next one', async () => {
    const { gathered, groups, flush } = remembering();
    const first = [gathered.enqueue(LANE, a), gathered.enqueue(OTHER, a), gathered.enqueue(LANE, a)];
    first.push(gathered.enqueue(LANE, b));
    expect(groups).toEqual([]);
    flush();
    const second = [gathered.enqueue(LANE, c)];
    flush();
    expect(await settled([...first, ...second])).toEqual([
      'spooled',
      'spooled',
      'known',
      'spooled',
      'spooled',
    ]);
    expect(groups).toEqual([[a.eventId, a.eventId, b.eventId], [a.eventId], [c.eventId]]);
  });

  test('are not lost with one that cannot be stored; a lock is waited for once', async () => {
    for (const code of ['spool_full', 'state_full', 'bug'] as const) {
      const { gathered, flush } = remembering({ [b.eventId]: code });
      const all = [a, b, c].map((event) => gathered.enqueue(LANE, event));
      flush();
      expect(await settled(all)).toEqual(['spooled', code, 'spooled']);
    }
    const { gathered, groups, flush } = remembering({ [b.eventId]: 'state_locked' });
    const all = [a, b, c].map((event) => gathered.enqueue(LANE, event));
    flush();
    expect(await settled(all)).toEqual(['state_locked', 'state_locked', 'state_locked']);
    expect(groups).toHaveLength(1);
  });

  test('whatever fails, each is answered once, and stored where and only where it is acknowledged', async () => {
    const events = newEvents(8);
    const ids = fc.subarray(events.map((one) => one.eventId));
    await fc.assert(
      fc.asyncProperty(ids, fc.array(fc.nat(7), { maxLength: 20 }), async (refused, order) => {
        const world = remembering(Object.fromEntries(refused.map((id) => [id, 'spool_full' as const])));
        const chosen = order.map((index) => events[index] as NewEvent);
        const all = chosen.map((event) => world.gathered.enqueue(LANE, event));
        world.flush();
        const outcomes = await settled(all);
        for (const [index, { eventId }] of chosen.entries()) {
          const isFirst = chosen.findIndex((one) => one.eventId === eventId) === index;
          const expected = refused.includes(eventId) ? 'spool_full' : isFirst ? 'spooled' : 'known';
          expect(outcomes[index]).toBe(expected);
        }
        const stored = [...world.stored.values()].map((one) => one.eventId);
        expect(new Set(stored)).toEqual(
          new Set(chosen.map((one) => one.eventId).filter((id) => !refused.includes(id))),
        );
      }),
    );
  });
});

describe('through the socket', () => {
  let fixture: DaemonFixture;
  let agent: DaemonContext;

  beforeAll(async () => {
    fixture = await createDaemonFixture();
  });
  afterAll(() => fixture.close());

  test('one of two with the same id is accepted, the other known or a conflict; a full spool takes what fits', async () => {
    let largest = 0;
    agent = await fixture.agent({ SPECTRASTRIKE_SPOOL_MAX_BYTES: '15000' });
    const { spool } = agent;
    const counted: Spool = {
      ...spool,
      enqueue: (lane, report, events, onOutcome) => {
        const all = [...events];
        largest = Math.max(largest, all.length);
        return spool.enqueue(lane, report, all, onOutcome);
      },
    };
    const api = await startApi({ ...agent, spool: counted }, DEFAULT_API_LIMITS);
    const target = socketOf(agent);
    const connections = new Agent({ keepAlive: true });
    const post = (id: string, severity: string) =>
      postJson(target, '/v1/events', canonicalEvent(id, { severity }), {}, connections);
    const twins = await Promise.all(['high', 'high', 'low'].map((severity) => post('twin', severity)));
    expect(twins.map((one) => one.status).sort()).toEqual([202, 202, 409]);
    expect(twins.map((one) => one.json.accepted).filter((one) => one === 1)).toHaveLength(1);

    const many = Array.from({ length: 14 }, (_, n) => `many-${n}`);
    // Over connections that stand: what is written in one turn of the loop is read in one turn.
    await Promise.all(many.map(() => ask(target, 'GET', '/healthz', { connections })));
    const replies = await Promise.all(many.map((id) => post(id, 'high')));
    const taken = many.filter((_, n) => replies[n]?.status === 202);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.length).toBeLessThan(many.length);
    expect(new Set(replies.map((one) => one.code))).toEqual(new Set([undefined, 'spool_full']));
    expect(
      spooledIds(agent)
        .filter((id) => id.startsWith('many'))
        .sort(),
    ).toEqual(taken.sort());
    expect(largest).toBeGreaterThan(1);
    connections.destroy();
    await api.close();
  });
});
