import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type IntentInput, parseStrictJson, verifyIntentChain } from '@nyxera/federation-protocol';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { laneOf, newEvent, newEvents } from '../support/events.ts';

const LANE = laneOf('https://gateway.test');
let data: TemporaryDirectory;
let state: State;
let spool: Spool;

beforeEach(() => {
  data = temporaryDirectory('spool');
  state = openState(data.path);
  spool = createSpool(state, { now: () => 1000 });
});
afterEach(() => {
  state.close();
  data.remove();
});

function readChain(from: State): { prev: string; input: IntentInput; intent_hash: string }[] {
  return from.db
    .prepare('SELECT prev, input, intent_hash FROM intents ORDER BY sequence')
    .all()
    .map((row) => ({
      prev: String(row.prev),
      input: JSON.parse(String(row.input)) as IntentInput,
      intent_hash: String(row.intent_hash),
    }));
}

describe('enqueue', () => {
  test('the same report again is known, and writes neither an event nor an intent', () => {
    expect(spool.enqueue(LANE, null, newEvents(10))).toEqual({ spooled: 10, known: 0, changed: [] });
    expect(spool.enqueue(LANE, null, newEvents(12))).toEqual({ spooled: 2, known: 10, changed: [] });
    expect(spool.counts()).toMatchObject([{ pending: 12, delivered: 0 }]);
    expect(readChain(state)).toHaveLength(12);
  });

  test('a known id with other content is reported, and the first one stands', () => {
    spool.enqueue(LANE, null, [newEvent('a')]);
    const again = spool.enqueue(LANE, null, [newEvent('a', 'something else')]);
    expect(again).toEqual({ spooled: 0, known: 1, changed: ['test-a'] });
    const [event] = spool.nextEvents(1, { kind: 'first', nowMs: 0, limit: 9, exclude: new Set() });
    expect(event?.payload).toContain('from a test');
  });

  test('the same id twice in one call is spooled once; the same id in another lane is another event', () => {
    expect(spool.enqueue(LANE, null, [newEvent('a'), newEvent('a')])).toMatchObject({ spooled: 1, known: 1 });
    expect(spool.enqueue(laneOf(LANE.gateway, 'op-2'), null, [newEvent('a')])).toMatchObject({ spooled: 1 });
  });

  test('intents of all lanes form one chain that verifies; the payload names its intent', () => {
    spool.enqueue(LANE, null, newEvents(5));
    spool.enqueue(laneOf(LANE.gateway, 'op-2'), null, newEvents(5));
    spool.enqueue(LANE, null, newEvents(3, 'x'));
    const chain = readChain(state);
    expect(verifyIntentChain(chain)).toMatchObject({ ok: true, value: { count: 13 } });
    const [event] = spool.nextEvents(1, { kind: 'first', nowMs: 0, limit: 1, exclude: new Set() });
    const payload = JSON.parse(event?.payload ?? '') as { attributes: Record<string, unknown> };
    expect(payload.attributes).toMatchObject({
      intent_id: 'intent-00000001',
      intent_hash: chain[0]?.intent_hash,
      write_ahead: true,
    });
  });

  test('an intent can be neither changed nor removed', () => {
    spool.enqueue(LANE, null, newEvents(1));
    expect(() => state.db.exec("UPDATE intents SET prev = 'x'")).toThrow('never changed');
    expect(() => state.db.exec('DELETE FROM intents')).toThrow('never removed');
  });

  test('integers beyond 2^53 and doubles survive to the spooled text', () => {
    const parsed = parseStrictJson(new TextEncoder().encode('{"n":12345678901234567890123,"d":1.0}'));
    if (!parsed.ok) throw new Error(parsed.detail);
    const event = newEvent('numbers');
    spool.enqueue(LANE, null, [{ ...event, payload: { ...event.payload, extra: parsed.value } }]);
    const [spooled] = spool.nextEvents(1, { kind: 'first', nowMs: 0, limit: 1, exclude: new Set() });
    expect(spooled?.payload).toContain('"extra":{"d":1.0,"n":12345678901234567890123}');
  });

  test('an event that throws half way leaves nothing behind', () => {
    const broken = { ...newEvent('broken'), payload: { event_id: 'test-broken' } };
    expect(() => spool.enqueue(LANE, null, [newEvent('a'), broken])).toThrow(TypeError);
    expect(readChain(state)).toHaveLength(0);
    expect(spool.lanes()).toHaveLength(0);
  });
});

describe('quarantine', () => {
  beforeEach(() => {
    spool.enqueue(LANE, null, newEvents(4));
    spool.settle([
      { kind: 'quarantined', seq: 1, code: 'schema_invalid', detail: 'status 422', security: false },
      { kind: 'quarantined', seq: 3, code: 'event_conflict', detail: 'status 409', security: true },
    ]);
  });

  test('list, show, retry by code', () => {
    expect(spool.quarantined().map((event) => [event.seq, event.code])).toEqual([
      [1, 'schema_invalid'],
      [3, 'event_conflict'],
    ]);
    expect(spool.showQuarantined(1)?.payload).toContain('test-e0000');
    expect(spool.retryQuarantined({ code: 'schema_invalid' })).toBe(1);
    expect(spool.counts()).toMatchObject([{ pending: 3, quarantined: 1 }]);
  });

  test('a drop is recorded, counted, and not undone by the same report', () => {
    expect(spool.dropQuarantined({ eventIds: ['test-e0002'] }, 'operator asked')).toBe(1);
    expect(spool.dropQuarantined({ seqs: [2] }, 'not quarantined')).toBe(0);
    expect(spool.counts()).toMatchObject([{ pending: 2, quarantined: 1, dropped: 1 }]);
    expect(spool.enqueue(LANE, null, newEvents(4))).toMatchObject({ spooled: 0, known: 4 });
    const rows = state.db
      .prepare("SELECT code, ref, detail FROM security_log WHERE class = 'quarantine'")
      .all();
    expect(rows).toMatchObject([{ code: 'event_dropped', ref: 'test-e0002' }]);
    expect(String(rows[0]?.detail)).toContain('operator asked');
  });

  test('settling twice, or settling what is not pending, changes nothing', () => {
    const delivered = {
      kind: 'delivered',
      seq: 1,
      duplicate: false,
      requestId: null,
      receipt: null,
    } as const;
    spool.settle([delivered]);
    expect(spool.counts()).toMatchObject([{ pending: 2, delivered: 0, quarantined: 2 }]);
  });
});

describe('faults of the file', () => {
  test('0600 file, 0700 directory, WAL, synchronous=FULL', () => {
    const fresh = join(data.path, 'a', 'b');
    openState(fresh).close();
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
    expect(statSync(state.path).mode & 0o777).toBe(0o600);
    expect(statSync(`${state.path}-wal`).mode & 0o777).toBe(0o600);
    expect(state.db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    expect(state.db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
  });

  test('a directory or a file that others may write is refused', () => {
    const open = join(data.path, 'open');
    openState(open).close();
    chmodSync(join(open, 'agent.db'), 0o666);
    expect(() => openState(open)).toThrow(expect.objectContaining({ code: 'state_permissions' }));
    chmodSync(open, 0o777);
    expect(() => openState(open)).toThrow(expect.objectContaining({ code: 'state_permissions' }));
  });

  test('a place that takes no directory is a fault, and not a wait without end; a file in the way too', () => {
    expect(() => openState('/proc/nowhere/data')).toThrow(
      expect.objectContaining({ name: 'StateFault', code: 'state_unusable' }),
    );
    writeFileSync(join(data.path, 'a-file'), '');
    expect(() => openState(join(data.path, 'a-file'))).toThrow(
      expect.objectContaining({
        code: 'state_unusable',
        message: expect.stringContaining('not a directory'),
      }),
    );
    const deep = join(data.path, 'made', 'as', 'needed');
    openState(deep).close();
    expect(statSync(join(data.path, 'made')).mode & 0o777).toBe(0o700);
  });

  test('a newer schema is refused and nothing is changed', () => {
    state.db.exec("INSERT INTO schema_migrations VALUES (999, 'from the future', 0)");
    expect(() => openState(data.path)).toThrow(expect.objectContaining({ code: 'state_newer_schema' }));
  });

  test('a file that is no database is refused by name', () => {
    const broken = temporaryDirectory('broken');
    writeFileSync(join(broken.path, 'agent.db'), 'this is not a database '.repeat(100), { mode: 0o600 });
    expect(() => openState(broken.path)).toThrow(expect.objectContaining({ code: 'state_corrupt' }));
    broken.remove();
  });

  test('a locked file: a clear fault, nothing acknowledged, nothing stored', () => {
    const other = new DatabaseSync(state.path);
    const hurried = openState(data.path, { busyTimeoutMs: 50 });
    other.exec('BEGIN IMMEDIATE');
    const enqueue = () => createSpool(hurried, { now: () => 0 }).enqueue(LANE, null, newEvents(1));
    expect(enqueue).toThrow(expect.objectContaining({ code: 'state_locked' }));
    other.exec('ROLLBACK');
    expect(spool.lanes()).toHaveLength(0);
    expect(enqueue()).toMatchObject({ spooled: 1 });
    other.close();
    hurried.close();
  });

  test('a full disk: a clear fault, nothing of the transaction stored, and it goes on when there is room', () => {
    spool.enqueue(LANE, null, newEvents(3));
    const { page_count: pages } = state.db.prepare('PRAGMA page_count').get() ?? {};
    state.db.exec(`PRAGMA max_page_count = ${Number(pages) + 2}`);
    expect(() => spool.enqueue(LANE, null, newEvents(500, 'big'))).toThrow(
      expect.objectContaining({ code: 'state_full' }),
    );
    expect(spool.counts()).toMatchObject([{ pending: 3 }]);
    expect(readChain(state)).toHaveLength(3);
    state.db.exec('PRAGMA max_page_count = 1000000');
    expect(spool.enqueue(LANE, null, newEvents(500, 'big'))).toMatchObject({ spooled: 500 });
    expect(verifyIntentChain(readChain(state))).toMatchObject({ ok: true, value: { count: 503 } });
  });

  test('one drainer: the second is refused, enqueue goes on, and the lock can be taken again', () => {
    const lock = spool.lockForDraining();
    expect(lock).not.toBeNull();
    const second = openState(data.path);
    const elsewhere = createSpool(second, { now: () => 0 });
    expect(elsewhere.lockForDraining()).toBeNull();
    expect(elsewhere.enqueue(LANE, null, newEvents(2))).toMatchObject({ spooled: 2 });
    lock?.release();
    const next = elsewhere.lockForDraining();
    expect(next).not.toBeNull();
    next?.release();
    second.close();
  });
});
