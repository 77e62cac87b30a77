import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import fc from 'fast-check';
import type { SpoolBounds } from '../../src/config.ts';
import { emptyDelivered } from '../../src/spool/empty-delivered.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { StateFault } from '../../src/state/state-fault.ts';
import { readDeliveryStatus } from '../../src/status/delivery-status.ts';
import { laneOf, newEvent, newEvents } from '../support/events.ts';

const HOUR = 3_600_000;
const LANE = laneOf('https://gateway.test');
let directory: ReturnType<typeof temporaryDirectory>;
let state: State;
let nowMs: number;
let bounds: SpoolBounds;
let spool: Spool;

beforeEach(() => {
  directory = temporaryDirectory('bounds');
  state = openState(directory.path);
  nowMs = Date.UTC(2026, 0, 1);
  bounds = { maxBytes: null, maxAgeMs: null, minFreeBytes: 0 };
  spool = createSpool(state, { now: () => nowMs, bounds: () => bounds });
});
afterEach(() => {
  state.close();
  directory.remove();
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StateFault) return error.code;
    throw error;
  }
  return 'stored';
}

const payloadBytes = (): number =>
  Number(
    state.db
      .prepare(
        `SELECT coalesce(sum(octet_length(payload)), 0) AS n FROM events WHERE state IN ('pending', 'quarantined')`,
      )
      .get()?.n,
  );

function usedPages(): number {
  const count = (pragma: string) =>
    Number(Object.values(state.db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  return count('page_count') - count('freelist_count');
}

test('beyond the bytes nothing of it is stored, what is known needs no room, and what leaves makes room', () => {
  spool.enqueue(LANE, null, newEvents(3));
  bounds = { ...bounds, maxBytes: payloadBytes() + 10 };
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(2, 'more')))).toBe('spool_full');
  expect(spool.counts()).toMatchObject([{ pending: 3 }]);
  expect(state.db.prepare('SELECT count(*) AS n FROM intents').get()?.n).toBe(3);
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(3)))).toBe('stored');
  expect(spool.admit(11)).toMatchObject({ ok: false, code: 'spool_full', reason: 'bytes' });
  expect(spool.admit(10)).toEqual({ ok: true });
  // In quarantine it still takes room; delivered it does not.
  spool.settle([{ kind: 'quarantined', seq: 1, code: 'x', detail: 'x', security: false }]);
  expect(spool.admit(11).ok).toBe(false);
  spool.settle([{ kind: 'delivered', seq: 2, duplicate: false, requestId: null, receipt: null }]);
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(1, 'more')))).toBe('stored');
});

test('beyond the age, and below the free space, intake is refused until that is over', () => {
  spool.enqueue(LANE, null, newEvents(1));
  bounds = { ...bounds, maxAgeMs: HOUR };
  nowMs += HOUR;
  expect(spool.admit(0)).toEqual({ ok: true });
  nowMs += 1;
  expect(spool.admit(0)).toMatchObject({ ok: false, reason: 'age' });
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(1, 'late')))).toBe('spool_full');
  expect(readDeliveryStatus(state, spool, nowMs).admission).toMatchObject({ ok: false, reason: 'age' });
  spool.settle([{ kind: 'delivered', seq: 1, duplicate: false, requestId: null, receipt: null }]);
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(1, 'late')))).toBe('stored');
  bounds = { ...bounds, maxAgeMs: null, minFreeBytes: Number.MAX_SAFE_INTEGER };
  expect(spool.admit(0)).toMatchObject({ ok: false, reason: 'disk' });
});

test('a full disk refuses the whole, and the spool goes on when there is room again', () => {
  spool.enqueue(LANE, null, newEvents(20));
  const pages = Number(state.db.prepare('PRAGMA page_count').get()?.page_count);
  // SQLite's own limit stands for the disk's: the same result code, without a disk to fill.
  state.db.exec(`PRAGMA max_page_count = ${pages}`);
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(200, 'large')))).toBe('state_full');
  expect(spool.counts()).toMatchObject([{ pending: 20 }]);
  expect(spool.nextEvents(1, { kind: 'first', nowMs, limit: 5, exclude: new Set() })).toHaveLength(5);
  state.db.exec('PRAGMA max_page_count = 1000000');
  expect(codeOf(() => spool.enqueue(LANE, null, newEvents(200, 'large')))).toBe('stored');
});

test('the sum that the bound is judged by is the sum, whatever happened', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('enqueue' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      kind: fc.constantFrom('delivered', 'quarantined', 'retry', 'drop', 'release', 'empty'),
      seq: fc.nat(12),
    }),
  );
  let serial = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      for (const one of steps) {
        serial += 1;
        if (one.kind === 'enqueue') spool.enqueue(LANE, null, newEvents(one.count, `s${serial}-`));
        if (!('seq' in one)) continue;
        const first = Number(state.db.prepare('SELECT max(seq) AS n FROM events').get()?.n ?? 0);
        const seq = Math.max(1, first - one.seq);
        const settled = { seq, code: 'x', detail: 'x' };
        if (one.kind === 'delivered')
          spool.settle([{ kind: 'delivered', seq, duplicate: false, requestId: null, receipt: null }]);
        if (one.kind === 'quarantined') spool.settle([{ kind: 'quarantined', ...settled, security: false }]);
        if (one.kind === 'retry') spool.settle([{ kind: 'retry', ...settled, nextAttemptMs: 0 }]);
        if (one.kind === 'drop') spool.dropQuarantined({ seqs: [seq] }, 'a test');
        if (one.kind === 'release') spool.retryQuarantined({ seqs: [seq] });
        if (one.kind === 'empty') emptyDelivered(state, nowMs + 1, nowMs);
        expect(readDeliveryStatus(state, spool, nowMs).bytes).toBe(payloadBytes());
      }
    }),
    { numRuns: 25 },
  );
});

test('a payload goes after its retention; the event is known for ever, also that it says something else now', () => {
  spool.enqueue(LANE, null, newEvents(250));
  const receipt = '{"leaf_hash":"x","log":"l","sequence":1}';
  const seqs = Array.from({ length: 249 }, (_, index) => index + 1);
  spool.settle(
    seqs.map((seq) => ({ kind: 'delivered', seq, duplicate: false, requestId: 'r', receipt }) as const),
  );
  expect(emptyDelivered(state, nowMs, nowMs)).toBe(0);
  nowMs += HOUR;
  const used = usedPages();
  expect([1, 2, 3, 4].map(() => emptyDelivered(state, nowMs, nowMs))).toEqual([100, 100, 49, 0]);
  // Room that nothing new would ever fill would be no room.
  expect(usedPages()).toBeLessThan(0.8 * used);
  const left = state.db
    .prepare("SELECT seq FROM events WHERE payload <> '' AND emptied_at_ms IS NULL")
    .all()
    .map((row) => row.seq);
  expect(left).toEqual([250]);
  expect(spool.counts()).toMatchObject([{ delivered: 249, pending: 1 }]);
  expect(state.db.prepare('SELECT count(*) AS n FROM events WHERE receipt = ?').get(receipt)?.n).toBe(249);
  expect(state.db.prepare('SELECT count(*) AS n FROM intents').get()?.n).toBe(250);
  expect(spool.enqueue(LANE, null, newEvents(250))).toEqual({ spooled: 0, known: 250, changed: [] });
  const other = spool.enqueue(LANE, null, [newEvent('e0007', 'and now something else')]);
  expect(other).toEqual({ spooled: 0, known: 1, changed: ['test-e0007'] });
  const campaign = spool.enqueue(LANE, null, [{ ...newEvent('e0008'), campaignId: 'another' }]);
  expect(campaign.changed).toEqual(['test-e0008']);
});
