import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { COUNTS } from '../../src/spool/counts.ts';
import { FIRST, RETRY } from '../../src/spool/next-events.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import type { SpooledEvent } from '../../src/spool/types.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { laneOf, newEvents } from '../support/events.ts';

// A spool may hold a million events. What a step reads must depend on what it takes, never on what is there.
const EVENTS = 3000;
let data: TemporaryDirectory;
let state: State;
let spool: Spool;
let rowsRead = 0;

/** The database, counting every row that a statement hands over. */
function counting(db: DatabaseSync): DatabaseSync {
  const statement = (real: StatementSync): StatementSync =>
    new Proxy(real, {
      get: (target, name) => {
        if (name === 'all') {
          return (...values: []) => {
            const rows = target.all(...values);
            rowsRead += rows.length;
            return rows;
          };
        }
        if (name === 'iterate') {
          return function* (...values: []) {
            for (const row of target.iterate(...values)) {
              rowsRead += 1;
              yield row;
            }
          };
        }
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'prepare') return (text: string) => statement(target.prepare(text));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

beforeAll(() => {
  data = temporaryDirectory('large-spool');
  const opened = openState(data.path);
  state = { ...opened, db: counting(opened.db) };
  spool = createSpool(state, { now: () => 1000 });
  spool.enqueue(laneOf('https://gateway.test'), null, newEvents(EVENTS));
  rowsRead = 0;
});
afterAll(() => {
  state.close();
  data.remove();
});

const reading = <T>(work: () => T): { readonly rows: number; readonly value: T } => {
  const before = rowsRead;
  const value = work();
  return { rows: rowsRead - before, value };
};
const seqs = (events: readonly SpooledEvent[]): number[] => events.map(({ seq }) => seq);
const planOf = (text: string, ...values: (string | number)[]): string[] =>
  state.db
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all(...values)
    .map((row) => String(row.detail));

test('the next events are read, and not those in flight before them', () => {
  const inFlight = new Set(Array.from({ length: 2000 }, (_, index) => index + 1));
  const query = { kind: 'first', nowMs: 0, exclude: inFlight } as const;
  const events = reading(() => spool.nextEvents(1, { ...query, limit: 7 }));
  expect(seqs(events.value)).toEqual([2001, 2002, 2003, 2004, 2005, 2006, 2007]);
  expect(events.rows).toBe(7);
  const batch = reading(() => spool.nextBatch(1, { ...query, maxEvents: 100, maxBytes: 1_000_000 }));
  expect(seqs(batch.value)).toEqual(Array.from({ length: 100 }, (_, index) => 2001 + index));
  expect(batch.rows).toBe(100);
});

test('a batch that is bounded by bytes reads one row more than it takes', () => {
  const query = { kind: 'first', nowMs: 0, exclude: new Set<number>(), maxEvents: 1000 } as const;
  const { rows, value } = reading(() => spool.nextBatch(1, { ...query, maxBytes: 10_000 }));
  expect(value.length).toBeGreaterThan(1);
  expect(value.length).toBeLessThan(100);
  expect(rows).toBe(value.length + 1);
});

test('counting hands over a row a lane, and takes every number from an index alone', () => {
  const { rows, value } = reading(() => spool.counts());
  expect(value).toMatchObject([{ pending: EVENTS, delivered: 0, oldestPendingMs: 1000 }]);
  expect(rows).toBe(1);
  const events = planOf(COUNTS).filter((line) => line.includes('events'));
  const oldest = 'SEARCH events USING INDEX events_by_state (lane_id=? AND state=?)';
  expect(events).toHaveLength(6);
  expect(events.filter((line) => !line.startsWith('SEARCH events USING COVERING INDEX'))).toEqual([oldest]);
});

test('choosing and looking into quarantine search an index and sort nothing', () => {
  expect(planOf(FIRST, 1, '[]', 8)).toContain('SEARCH events USING INDEX events_first_attempt (lane_id=?)');
  expect(planOf(RETRY, 1, 0, '[]', 8).join('\n')).toContain('USING INDEX events_retry');
  const retried = planOf("UPDATE events SET attempts = 0 WHERE state = 'quarantined' AND last_code = 'x'");
  expect(retried).toEqual(['SCAN events USING INDEX events_quarantined']);
  for (const plan of [planOf(FIRST, 1, '[]', 8), planOf(RETRY, 1, 0, '[]', 8), planOf(COUNTS)]) {
    expect(plan.join('\n')).not.toMatch(/TEMP B-TREE|SCAN events$/m);
  }
});
