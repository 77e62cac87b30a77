import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { takeDrainLock } from '../../src/spool/directory-lock.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { laneOf, newEvents } from '../support/events.ts';
import { runInProcess } from './run-in-process.ts';

const LANE = laneOf('https://127.0.0.1:1');
interface Intent {
  readonly intent_id: string;
  readonly intent_hash: string;
}

let directory: TemporaryDirectory;
const at = (name: string): string => join(directory.path, name);
const run = (dataDir: string, ...args: readonly string[]) =>
  runInProcess({ SPECTRASTRIKE_DATA_DIR: at(dataDir) }, [...args, '--json']);

/** Opens the state of a data directory for as long as the work takes. */
function within<T>(dataDir: string, work: (spool: Spool, state: State) => T): T {
  const state = openState(at(dataDir));
  try {
    return work(createSpool(state, { now: Date.now }), state);
  } finally {
    state.close();
  }
}

const rows = (state: State, sql: string): unknown =>
  state.db
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));

beforeAll(() => {
  directory = temporaryDirectory('spool-backup');
});
afterAll(() => directory.remove());

test('a backup is whole, private, and made while another process writes; a restore gives it back and says that the chain forks', async () => {
  const events = newEvents(40);
  within('data', (spool) => spool.enqueue(LANE, null, events.slice(0, 30)));
  const writer = openState(at('data'));
  // In the middle of somebody's transaction: what is not committed is not in the copy.
  writer.db.exec('BEGIN IMMEDIATE; UPDATE events SET attempts = attempts + 1');
  const made = await run('data', 'spool', 'backup', at('copy.db'));
  writer.db.exec('ROLLBACK');
  writer.close();
  expect(made).toMatchObject({ code: 0, last: { ok: true, intents: 30 } });
  expect((statSync(at('copy.db')).mode & 0o777).toString(8)).toBe('600');
  expect(existsSync(at('copy.db.partial'))).toBe(false);
  within('data', (spool) => spool.enqueue(LANE, null, events.slice(30)));

  const restored = await run('restored', 'spool', 'restore', at('copy.db'));
  expect(restored).toMatchObject({ code: 0, last: { ok: true, intents: 30 } });
  const first = within('data', (_spool, state) => rows(state, 'SELECT * FROM events ORDER BY seq LIMIT 30'));
  within('restored', (spool, state) => {
    expect(rows(state, 'SELECT * FROM events ORDER BY seq')).toEqual(first);
    expect(rows(state, 'SELECT class, code FROM security_log')).toEqual([
      { class: 'delivery', code: 'audit_fork_detected' },
    ]);
    // The fork itself: the next intent has a number that the other chain has used for something else.
    spool.enqueue(LANE, null, newEvents(41).slice(40));
    const sql = 'SELECT intent_id, intent_hash FROM intents WHERE sequence = 31';
    const [ours] = rows(state, sql) as Intent[];
    const [theirs] = within('data', (_other, old) => rows(old, sql)) as Intent[];
    expect(ours?.intent_id).toBe(theirs?.intent_id);
    expect(ours?.intent_hash).not.toBe(theirs?.intent_hash);
  });
  expect((statSync(join(at('restored'), 'agent.db')).mode & 0o777).toString(8)).toBe('600');
});

test('nothing that is there is overwritten, and nothing that is damaged or foreign is restored', async () => {
  expect((await run('data', 'spool', 'backup', at('copy.db'))).code).toBe(1);
  expect((await run('data', 'spool', 'restore', at('copy.db'))).stderr).toContain('is there');
  const bytes = readFileSync(at('copy.db'));
  writeFileSync(at('damaged.db'), bytes.fill(0x5a, 8192, 24_576));
  writeFileSync(at('text.db'), 'no database');
  for (const name of ['damaged.db', 'text.db', 'absent.db']) {
    const refused = await run('never', 'spool', 'restore', at(name));
    expect([name, refused.code, existsSync(join(at('never'), 'agent.db'))]).toEqual([name, 1, false]);
  }
  const lock = takeDrainLock(at('never'));
  expect((await run('never', 'spool', 'restore', at('copy.db'))).stderr).toContain('stop it first');
  lock?.release();
});

test('a chain of intents that was changed is found, and no backup is made of it', async () => {
  await run('forged', 'spool', 'restore', at('copy.db'));
  within('forged', (_spool, state) => {
    state.db.exec("DROP TRIGGER intents_are_final; UPDATE intents SET prev = 'x' WHERE sequence = 7");
  });
  const refused = await run('forged', 'spool', 'backup', at('forged.db'));
  expect([refused.code, existsSync(at('forged.db'))]).toEqual([1, false]);
  expect(refused.stderr).toContain('audit_fork_detected');
  renameSync(join(at('forged'), 'agent.db'), at('forged-copy.db'));
  expect((await run('never', 'spool', 'restore', at('forged-copy.db'))).stderr).toContain(
    'audit_fork_detected',
  );
});
