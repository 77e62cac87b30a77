import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { rewindCursor } from '../../src/forward/rewind.ts';
import { failed, SENT } from '../../src/forward/sender.ts';
import { ADVANCE_CURSOR, CREATE_CURSOR } from '../../src/store/sql/forward.ts';
import { newParty } from '../store/requests.ts';
import { countOf, forEachStore, rowsOf } from '../store/stores.ts';
import {
  append,
  firstSeen,
  keepingSender,
  type RunningForwarder,
  range,
  runForwarder,
  until,
} from './run-forwarder.ts';

forEachStore('forwarding', (store, onPostgres) => {
  const running: RunningForwarder[] = [];
  let names = 0;

  afterEach(async () => {
    for (const forwarder of running.splice(0)) await forwarder.stop();
  });

  async function start(
    sender: Parameters<typeof runForwarder>[1],
    over: Partial<Parameters<typeof runForwarder>[2]> = {},
  ): Promise<RunningForwarder> {
    names += 1;
    const forwarder = await runForwarder(store(), sender, { name: `destination-${names}`, ...over });
    running.push(forwarder);
    return forwarder;
  }

  const sizeOfLog = async (): Promise<number> => {
    const [row] = await rowsOf<{ size: number }>(store().db, 'SELECT size FROM audit_head');
    return row?.size ?? -1;
  };

  test('sends the log from its beginning, in order, each entry once, and then what comes', async () => {
    const party = newParty();
    await append(store().db, party, 730);
    const sender = keepingSender();
    const forwarder = await start(sender);
    await forwarder.caughtUp();
    expect(sender.received.map((record) => record.entry.sequence)).toEqual(range(0, await sizeOfLog()));
    await append(store().db, party, 3);
    await forwarder.caughtUp();
    expect(sender.received.map((record) => record.entry.sequence)).toEqual(range(0, await sizeOfLog()));
    const rows = await rowsOf<{ leaf: string }>(
      store().db,
      `SELECT encode(leaf_hash, 'hex') AS leaf FROM audit_log ORDER BY sequence`,
    );
    expect(sender.received.map((record) => record.id)).toEqual(rows.map((row) => row.leaf));
    expect(Math.max(...sender.sizes)).toBeLessThanOrEqual(100);
    expect(await forwarder.status()).toMatchObject({
      delivered: await sizeOfLog(),
      lag_entries: 0,
      lag_seconds: 0,
      failing_since: null,
      error_code: null,
    });
  });

  test('a cursor is moved without waiting for the disk, in that transaction alone', async () => {
    const setting = `SELECT current_setting('synchronous_commit') AS value`;
    const seen = await store().db.transaction(async (tx) => {
      await tx.query(CREATE_CURSOR, ['relaxed', 0]);
      await rowsOf(tx, `SELECT set_config('vectorvue.forwarder', 'token', true)`);
      expect(await tx.query(ADVANCE_CURSOR, ['relaxed', 'token', 0, 0, 0])).toHaveLength(1);
      return rowsOf(tx, setting);
    });
    expect(seen).toEqual([{ value: 'off' }]);
    expect(await rowsOf(store().db, setting)).toEqual([{ value: 'on' }]);
  });

  test('a new destination may begin at the end', async () => {
    await append(store().db, newParty(), 5);
    const from = await sizeOfLog();
    const sender = keepingSender();
    const forwarder = await start(sender, { start: 'end' });
    await forwarder.caughtUp();
    await append(store().db, newParty(), 4);
    await forwarder.caughtUp();
    expect(sender.received.map((record) => record.entry.sequence)).toEqual(range(from, from + 4));
  });

  test('discloses operator and subject, and no salt', async () => {
    const party = newParty();
    const from = await append(store().db, party, 2);
    const sender = keepingSender();
    await (await start(sender, { filter: { tenants: [party.tenantId] } })).caughtUp();
    expect(sender.received).toHaveLength(2);
    expect(sender.received[0]?.json).toMatchObject({
      tenant_id: party.tenantId,
      operator_id: party.operatorId,
      subject: `e${from}`,
      actor: party.identity,
    });
    const [row] = await rowsOf<{ disclosure: string }>(
      store().db,
      'SELECT disclosure FROM audit_log WHERE sequence = $1',
      [from],
    );
    const salts = [...(row?.disclosure ?? '').matchAll(/"salt":"([0-9a-f]{64})"/g)].map(
      (found) => found[1] ?? '',
    );
    expect(salts).toHaveLength(3);
    const sent = JSON.stringify(sender.received.map((record) => record.json));
    for (const salt of salts) expect(sent).not.toContain(salt);
  });

  test('a destination of one tenant gets no entry of another, nor one of none', async () => {
    const mine = newParty();
    const other = newParty();
    await append(store().db, mine, 3);
    await append(store().db, other, 3);
    await append(store().db, mine, 2);
    const strangers = await start(keepingSender());
    await rewindAt(strangers.settings.name);
    const sender = keepingSender();
    await (await start(sender, { filter: { tenants: [mine.tenantId] } })).caughtUp();
    expect(sender.received).toHaveLength(5);
    expect(new Set(sender.received.map((record) => record.entry.tenantId))).toEqual(new Set([mine.tenantId]));
    expect(JSON.stringify(sender.received.map((record) => record.json))).not.toContain(other.tenantId);
  });

  /** An entry about no tenant. */
  async function rewindAt(destination: string): Promise<void> {
    await until(
      async () => (await countOf(store().db, 'forward_cursors WHERE destination = $1', [destination])) === 1,
    );
    const moved = await rewindCursor(store().db, { destination, to: 0, reason: 'again', actor: 'cli:test' });
    expect(moved).not.toBeNull();
  }

  test('class, code and level select, too', async () => {
    const party = newParty();
    await append(store().db, party, 2);
    const names = await start(keepingSender());
    await rewindAt(names.settings.name);
    const administration = keepingSender();
    await (await start(administration, { filter: { classes: ['administration'] } })).caughtUp();
    expect(new Set(administration.received.map((record) => record.entry.action))).toEqual(
      new Set(['forward.rewind']),
    );
    const high = keepingSender();
    await (await start(high, { filter: { min_level: 'high' } })).caughtUp();
    expect(high.received).toEqual([]);
    const codes = keepingSender();
    await (await start(codes, { filter: { codes: ['changed'], tenants: [party.tenantId] } })).caughtUp();
    expect(codes.received).toEqual([]);
  });

  test('a receiver that fails is tried again until it does not; nothing is left out and the error stays visible', async () => {
    const from = await append(store().db, newParty(), 250);
    const sender = keepingSender(null, true);
    sender.answers.push(
      SENT,
      failed('refused', 'status 500'),
      failed('connection_cut', 'ECONNRESET'),
      failed('timeout', 'no answer'),
      SENT,
      failed('refused', 'status 503'),
    );
    const forwarder = await start(sender);
    await forwarder.caughtUp();
    expect(firstSeen(sender.received)).toEqual(range(0, from + 250));
    const ids = new Map<number, Set<string>>();
    for (const record of sender.received) {
      ids.set(record.entry.sequence, (ids.get(record.entry.sequence) ?? new Set()).add(record.id));
    }
    // Duplicates, and each with the id that it had.
    expect(sender.received.length).toBeGreaterThan(ids.size);
    expect([...ids.values()].every((each) => each.size === 1)).toBe(true);
    expect(await forwarder.status()).toMatchObject({
      failing_since: null,
      failures: 0,
      error_code: 'refused',
      error_detail: 'status 503',
    });
    expect(forwarder.logger.lines.map((line) => line.fields.code)).toEqual([
      'refused',
      'connection_cut',
      'timeout',
      'refused',
    ]);
  });

  test('while a receiver is away commits go on, and the lag shows', async () => {
    const party = newParty();
    const sender = keepingSender();
    for (let n = 0; n < 10_000; n += 1) sender.answers.push(failed('connection_failed', 'ECONNREFUSED'));
    const forwarder = await start(sender, { start: 'end' });
    await until(
      async () =>
        (await countOf(store().db, 'forward_cursors WHERE destination = $1', [forwarder.settings.name])) ===
        1,
    );
    const from = await append(store().db, party, 40);
    await until(async () => (await forwarder.status()).failures > 2);
    await append(store().db, party, 2);
    const status = await forwarder.status();
    expect(status).toMatchObject({ next_sequence: from, lag_entries: 42, error_code: 'connection_failed' });
    expect(status.failing_since).not.toBeNull();
    expect(status.lag_seconds).toBeGreaterThan(0);
    // A day later it is there again.
    sender.answers.length = 0;
    await forwarder.caughtUp();
    expect(sender.received.map((record) => record.entry.sequence)).toEqual(range(from, from + 42));
  });

  test('a crash between the send and the cursor repeats what was sent, and leaves nothing out', async () => {
    const from = await append(store().db, newParty(), 12);
    const name = `crashing-${from}`;
    const first = keepingSender();
    const crashed = await runForwarder(store(), first, {
      name,
      start: 'beginning',
      batch: { max_records: 5, max_bytes: 1e6 },
    });
    await crashed.caughtUp();
    await crashed.stop();
    // As if the last two batches had been sent and their cursor not written.
    await store().asOwner(
      `UPDATE federation.forward_cursors SET next_sequence = ${from + 2} WHERE destination = '${name}'`,
    );
    const second = keepingSender();
    const again = await start(second, { name });
    await again.caughtUp();
    expect(second.received.map((record) => record.entry.sequence)).toEqual(range(from + 2, from + 12));
    const ids = new Map(first.received.map((record) => [record.entry.sequence, record.id]));
    expect(second.received.every((record) => ids.get(record.entry.sequence) === record.id)).toBe(true);
  });

  test('where the receiver says nothing, only a confirmation moves the cursor', async () => {
    const from = await append(store().db, newParty(), 30);
    const sender = keepingSender({ afterMs: 3_600_000, afterBytes: 1_000_000 });
    const forwarder = await start(sender);
    await until(() => firstSeen(sender.received).length === from + 30);
    await sleep(100);
    expect((await forwarder.status()).next_sequence).toBe(0);
    await forwarder.stop();
    running.pop();
    // The end of the process confirms what is on its way.
    expect((await forwarder.status()).next_sequence).toBe(from + 30);
  });

  test('a confirmation that fails sends everything since the last one again', async () => {
    const from = await append(store().db, newParty(), 8);
    const sender = keepingSender({ afterMs: 0, afterBytes: 1_000_000 });
    const pages = Math.ceil((from + 8) / 100);
    for (let n = 0; n < pages; n += 1) sender.answers.push(SENT);
    sender.answers.push(failed('connection_cut', 'ECONNRESET'));
    const forwarder = await start(sender);
    await forwarder.caughtUp();
    expect(firstSeen(sender.received)).toEqual(range(0, from + 8));
    expect(sender.received.length).toBeGreaterThan(from + 8);
    expect(await forwarder.status()).toMatchObject({ error_code: 'connection_cut', failures: 0 });
  });

  test('rewound it sends again from there with the same ids, and the log has an entry for it', async () => {
    const from = await append(store().db, newParty(), 10);
    const sender = keepingSender();
    const forwarder = await start(sender);
    await forwarder.caughtUp();
    const before = sender.received.length;
    const rewind = { destination: forwarder.settings.name, reason: 'index lost', actor: 'cli:test' };
    expect(await rewindCursor(store().db, { ...rewind, to: from + 4 })).toEqual({ before: from + 10 });
    await forwarder.caughtUp();
    const again = sender.received.slice(before).map((record) => record.entry);
    expect(again.map((each) => each.sequence)).toEqual(range(from + 4, from + 11));
    expect(again.at(-1)).toMatchObject({
      class: 'administration',
      action: 'forward.rewind',
      actor: 'cli:test',
      subject: `{"reason":"index lost","subject":"${forwarder.settings.name} ${from + 10} ${from + 4}"}`,
    });
    expect(await rewindCursor(store().db, { ...rewind, to: 1_000_000_000 })).toBeNull();
    expect(await rewindCursor(store().db, { ...rewind, destination: 'nobody', to: 0 })).toBeNull();
  });

  test('a rewind while a batch is under way is not undone by its cursor', async () => {
    await append(store().db, newParty(), 10);
    const sender = keepingSender();
    const name = `busy-${await sizeOfLog()}`;
    let rewound = false;
    const busy = {
      ...sender,
      confirms: null,
      async send(records: Parameters<typeof sender.send>[0]) {
        if (!rewound && records.some((record) => record.entry.sequence >= 5)) {
          rewound = true;
          await rewindCursor(store().db, { destination: name, to: 2, reason: 'again', actor: 'cli:test' });
        }
        return sender.send(records);
      },
    };
    const forwarder = await start(busy, { name });
    await forwarder.caughtUp();
    const sequences = sender.received.map((record) => record.entry.sequence);
    expect(sequences.filter((sequence) => sequence === 3)).toHaveLength(2);
    expect(sequences.filter((sequence) => sequence === 1)).toHaveLength(1);
  });

  test('a hole in the log stops the destination, by name and place, and so does a cursor beyond its end', async () => {
    const from = await append(store().db, newParty(), 6);
    const sender = keepingSender();
    await store().asOwner(`SET search_path = federation; CREATE TABLE kept AS SELECT * FROM audit_log;
      DELETE FROM audit_log WHERE sequence = ${from + 3}`);
    const forwarder = await start(sender);
    await until(async () => (await forwarder.status()).error_code !== null);
    expect(await forwarder.status()).toMatchObject({
      error_code: 'audit_gap',
      error_detail: `entry ${from + 3} is not in the log`,
    });
    expect(firstSeen(sender.received).some((sequence) => sequence >= from + 3)).toBe(false);
    await store().asOwner(`SET search_path = federation;
      INSERT INTO audit_log SELECT * FROM kept WHERE sequence = ${from + 3}; DROP TABLE kept`);
    await forwarder.caughtUp();
    expect(firstSeen(sender.received)).toEqual(range(0, await sizeOfLog()));

    await store().asOwner(
      `UPDATE federation.forward_cursors SET next_sequence = 1000000, generation = generation + 1
        WHERE destination = '${forwarder.settings.name}'`,
    );
    await until(async () => (await forwarder.status()).error_code === 'cursor_beyond_log');
  });

  onPostgres('of several processes one forwards, and another takes over when it is gone', async () => {
    const name = 'shared';
    const from = await append(store().db, newParty(), 20);
    const senders = [keepingSender(), keepingSender(), keepingSender()];
    const replicas = await Promise.all(senders.map((sender) => runForwarder(store(), sender, { name })));
    await replicas[0]?.caughtUp();
    const busy = senders.findIndex((sender) => sender.received.length > 0);
    expect(senders.filter((sender) => sender.received.length > 0)).toHaveLength(1);
    expect(senders[busy]?.received.map((record) => record.entry.sequence)).toEqual(range(0, from + 20));
    await replicas[busy]?.stop();
    await append(store().db, newParty(), 5);
    const [next] = replicas.filter((_, index) => index !== busy);
    await next?.caughtUp();
    const later = senders.filter((_, index) => index !== busy).flatMap((sender) => sender.received);
    expect(later.map((record) => record.entry.sequence)).toEqual(range(from + 20, from + 25));
    for (const [index, replica] of replicas.entries()) if (index !== busy) await replica.stop();
  });

  onPostgres('whose connection is killed loses its turn, and nothing else', async () => {
    const name = 'killed';
    const from = await append(store().db, newParty(), 10);
    const sender = keepingSender();
    const forwarder = await start(sender, { name });
    await forwarder.caughtUp();
    for (let n = 0; n < 3; n += 1) {
      await store().asOwner(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7310300`,
      );
      await append(store().db, newParty(), 4);
      await forwarder.caughtUp();
    }
    expect(firstSeen(sender.received)).toEqual(range(0, from + 22));
  });
});
