import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { PrivateCopy } from '../../src/incoming/private-copy.ts';
import { asFileFault } from '../../src/state/private-files.ts';
import { copyFile, openFault } from '../../src/watch/copy-file.ts';
import { type Found, look, lookAtFolder } from '../../src/watch/look-at-folder.ts';
import { fileKey, openForWriting } from '../../src/watch/open-writers.ts';
import { putAway } from '../../src/watch/put-away.ts';
import { Steadiness } from '../../src/watch/steadiness.ts';
import { watchFolders } from '../../src/watch/watch-service.ts';
import { canonicalEvent, TENANT } from '../cli/agent-fixture.ts';
import { createDaemonFixture, type DaemonFixture, spooledIds } from '../local-api/api-fixture.ts';

/** Nothing changes for this long: complete. Producers in these tests write at once. */
const TIMES = { settleMs: 40, scanMs: 20, waitMs: 40 };

let fixture: DaemonFixture;
let agent: DaemonContext;
let folder: string;
let running: Running | null = null;
let count = 0;

beforeAll(async () => {
  fixture = await createDaemonFixture();
  agent = await fixture.agent();
});

afterAll(() => fixture.close());

beforeEach(() => {
  folder = join(fixture.path, `drop-${++count}`);
  mkdirSync(folder);
});

afterEach(async () => {
  await running?.close();
  running = null;
});

async function watch(of: DaemonContext = agent, as = folder): Promise<void> {
  running = await watchFolders({ folders: [as], times: TIMES }).start(of);
}

const drop = (name: string, content: string): void => writeFileSync(join(folder, name), content);
const inFolder = (name: string): string[] =>
  existsSync(join(folder, name)) ? readdirSync(join(folder, name)).sort() : [];
const reasonOf = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'failed', `${name}.reason.json`), 'utf8'));

/** Polls until it holds; gives up before the suite's own timeout, so that nothing polls on after it. */
async function until(holds: () => boolean): Promise<void> {
  for (let polls = 0; !holds(); polls++) {
    if (polls > 3000) throw new Error(`still not: ${holds}; ${JSON.stringify(running?.status?.())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a dropped report', () => {
  test('is taken and moved to done, also the one that lay there before, under a name of its own', async () => {
    drop('a.jsonl', `${canonicalEvent('drop-a')}\n`);
    await watch();
    await until(() => inFolder('done').length === 1);
    drop('a.jsonl', `${canonicalEvent('drop-a2')}\n`);
    await until(() => inFolder('done').length === 2);
    expect(inFolder('done')).toEqual(['a.1.jsonl', 'a.jsonl']);
    expect(inFolder('failed')).toEqual([]);
    expect(spooledIds(agent)).toEqual(expect.arrayContaining(['drop-a', 'drop-a2']));
    expect(running?.status?.()).toMatchObject([{ done: 2, failed: 0, waiting: 0, waiting_code: null }]);
    const row = agent.state.db.prepare("SELECT campaign_id FROM events WHERE event_id = 'drop-a'").get();
    expect(row?.campaign_id).toBe('default');
  });

  test('of which a part is refused goes to failed, with the counts and the places', async () => {
    drop('part.jsonl', `${canonicalEvent('part-1')}\n{"event_id":"x\n${canonicalEvent('part-3')}\n`);
    await watch();
    await until(() => inFolder('failed').length === 2);
    expect(reasonOf('part.jsonl')).toMatchObject({
      code: 'report_partly_taken',
      file: 'part.jsonl',
      position: 'line 2',
      taken: 2,
      known: 0,
      refused: 1,
      format: 'events',
    });
    expect(spooledIds(agent)).toEqual(expect.arrayContaining(['part-1', 'part-3']));
  });

  test.each([
    ['garbage', 'no report at all'],
    ['deep nesting', '['.repeat(100_000)],
    ['entities', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><nmaprun>&b;</nmaprun>'],
    ['a zip under another name', 'PK\x03\x04\x00\x00'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1')],
  ])('that is hostile (%s) fails with a reason, and the next one is taken', async (what, content) => {
    writeFileSync(join(folder, 'bad.json'), content, 'latin1');
    drop('good.jsonl', `${canonicalEvent(`after-${what.replaceAll(' ', '-')}`)}\n`);
    await watch();
    await until(() => inFolder('done').length === 1 && inFolder('failed').length === 2);
    expect(inFolder('done')).toEqual(['good.jsonl']);
    expect(reasonOf('bad.json')).toMatchObject({ file: 'bad.json', taken: 0, known: 0 });
    expect(Number(reasonOf('bad.json').refused)).toBeGreaterThan(0);
    expect(String(reasonOf('bad.json').expectation)).not.toBe('');
  });

  test('that is no file of the folder is refused without being read', async () => {
    const secret = join(fixture.path, 'outside.jsonl');
    writeFileSync(secret, `${canonicalEvent('outside')}\n`);
    symlinkSync(secret, join(folder, 'link.jsonl'));
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    mkdirSync(join(folder, 'sub.jsonl'));
    await watch();
    await until(() => inFolder('failed').length === 4);
    expect(reasonOf('link.jsonl')).toMatchObject({ code: 'report_symlink', taken: 0, refused: 1 });
    expect(reasonOf('pipe.jsonl')).toMatchObject({ code: 'report_not_a_file', taken: 0, refused: 1 });
    expect(existsSync(secret)).toBe(true);
    expect(existsSync(join(folder, 'sub.jsonl'))).toBe(true);
    expect(spooledIds(agent)).not.toContain('outside');
  });

  test('that its producer has not finished is left alone: by its name, by its growth, by its writer', async () => {
    const event = (id: string) => `${canonicalEvent(id)}\n`;
    for (const name of ['.hidden', 'x.jsonl.part', 'y.tmp', 'z~']) drop(name, event(name.replace('~', '')));
    drop('written.jsonl', event('written'));
    const writer = openSync(join(folder, 'written.jsonl'), 'a');
    await watch();
    drop('other.jsonl', event('other'));
    await until(() => inFolder('done').length === 1);
    expect(inFolder('done')).toEqual(['other.jsonl']);
    writeSync(writer, event('written-2'));
    closeSync(writer);
    renameSync(join(folder, 'x.jsonl.part'), join(folder, 'x.jsonl'));
    await until(() => inFolder('done').length === 3);
    expect(inFolder('done')).toEqual(['other.jsonl', 'written.jsonl', 'x.jsonl']);
    expect(spooledIds(agent)).toEqual(expect.arrayContaining(['written', 'written-2', 'x.jsonl.part']));
    expect(spooledIds(agent)).not.toContain('y.tmp');
  });

  test('stays where it is while the spool is full, and is taken when there is room', async () => {
    let bytes = '1';
    const bounded = await fixture.agent({ SPECTRASTRIKE_SPOOL_MAX_BYTES: bytes });
    const relaxed = await fixture.agent();
    const switching: DaemonContext = {
      ...bounded,
      admit: (more) => (bytes === '1' ? bounded : relaxed).admit(more),
      get spool() {
        return (bytes === '1' ? bounded : relaxed).spool;
      },
    };
    drop('waits.jsonl', `${canonicalEvent('waits')}\n`);
    await watch(switching);
    await until(() => JSON.stringify(running?.status?.()).includes('spool_full'));
    expect(existsSync(join(folder, 'waits.jsonl'))).toBe(true);
    expect(inFolder('failed')).toEqual([]);
    bytes = '0';
    await until(() => inFolder('done').length === 1);
    expect(spooledIds(relaxed)).toContain('waits');
  });

  test('is the tenant’s whose folder it is; a folder of an unknown tenant, or none at all, is refused at start', async () => {
    await watch(agent, `${TENANT.toLowerCase()}=${folder}`);
    drop('t.jsonl', `${canonicalEvent('of-tenant')}\n`);
    await until(() => inFolder('done').length === 1);
    await running?.close();
    running = null;
    for (const bad of [
      `20000000-0000-0000-0000-00000000000b=${folder}`,
      join(folder, 'absent'),
      join(folder, 'done', 't.jsonl'),
    ]) {
      await expect(watch(agent, bad)).rejects.toMatchObject({ code: 'state_unusable' });
    }
    const twice = watchFolders({ folders: [folder, `${folder}/done`], times: TIMES });
    await expect(twice.start(agent)).rejects.toMatchObject({ code: 'state_unusable' });
    // A link in the place of `done` would move reports to somewhere else.
    const trap = join(fixture.path, 'trap');
    mkdirSync(trap);
    symlinkSync(fixture.path, join(trap, 'done'));
    await expect(watch(agent, trap)).rejects.toMatchObject({ code: 'state_unusable' });
  });

  test('which comes with hundreds of others is taken like them', async () => {
    for (let n = 0; n < 300; n++) drop(`many-${n}.jsonl`, `${canonicalEvent(`many-${n}`)}\n`);
    await watch();
    await until(() => inFolder('done').length === 300);
    expect(spooledIds(agent).filter((id) => id.startsWith('many'))).toHaveLength(300);
    expect(inFolder('failed')).toEqual([]);
  });
});

describe('a file that changes under its reader', () => {
  const find = async (name: string): Promise<Found> => {
    const found = (await lookAtFolder(folder)).find((one) => one.name === name);
    if (found === undefined) throw new Error('not there');
    return found;
  };
  const copy = async (found: Found) => {
    using target = PrivateCopy.make(agent.state.dataDir, `test-${++count}`);
    return await copyFile(found, target, 1_000_000);
  };

  test('is not taken: replaced, appended to, made a link or a pipe, or gone since it was looked at', async () => {
    const changes: Record<string, (path: string) => void> = {
      replaced: (path) => {
        writeFileSync(`${path}.tmp`, 'other');
        renameSync(`${path}.tmp`, path);
      },
      appended: (path) => appendFileSync(path, 'more'),
      'same size': (path) => {
        writeFileSync(path, 'CONTENT');
        utimesSync(path, 1, 1);
      },
      gone: (path) => renameSync(path, `${path}.gone`),
    };
    for (const [name, change] of Object.entries(changes)) {
      drop(name, 'content');
      const found = await find(name);
      expect(await copy(found)).toMatchObject({ kind: 'copied' });
      change(found.path);
      expect([name, await copy(found)]).toEqual([name, { kind: 'changed' }]);
    }
    drop('linked', 'content');
    const linked = await find('linked');
    renameSync(linked.path, `${linked.path}.away`);
    symlinkSync(`${linked.path}.away`, linked.path);
    expect(await copy(linked)).toMatchObject({ kind: 'refused', code: 'report_symlink' });
    drop('piped', 'content');
    const piped = await find('piped');
    renameSync(piped.path, `${piped.path}.away`);
    execFileSync('mkfifo', [piped.path]);
    expect(await copy(piped)).toMatchObject({ kind: 'refused', code: 'report_not_a_file' });
  });

  test('is not taken: rewritten while it is copied', async () => {
    drop('slow', 'x'.repeat(600_000));
    const found = await find('slow');
    using target = PrivateCopy.make(agent.state.dataDir, `test-${++count}`);
    const write = target.write.bind(target);
    target.write = async (bytes) => {
      appendFileSync(found.path, 'y');
      await write(bytes);
    };
    expect(await copyFile(found, target, 1_000_000)).toEqual({ kind: 'changed' });
  });

  test('is not moved: what a producer put under its name at the last moment goes back, and its reason goes', async () => {
    mkdirSync(join(folder, 'failed'));
    drop('race', 'first');
    const { stats } = await find('race');
    drop('race.new', 'second');
    renameSync(join(folder, 'race.new'), join(folder, 'race'));
    const reason = {
      code: 'x',
      file: 'race',
      position: 'file',
      expectation: 'x',
      taken: 0,
      known: 0,
      refused: 1,
      skipped: {},
      faults: [],
      report_sha256: null,
      format: null,
      at: '2026-01-01T00:00:00Z',
    };
    expect(putAway(folder, 'race', stats, 'failed', reason)).toBe(false);
    expect(readFileSync(join(folder, 'race'), 'utf8')).toBe('second');
    expect(inFolder('failed')).toEqual([]);
  });

  test('that the disk has no room for stays: the fault is the state’s, and not the report’s', async () => {
    const full = asFileFault(Object.assign(new Error('x'), { code: 'ENOSPC' }), folder);
    expect(full).toMatchObject({ name: 'StateFault', code: 'state_full' });
    const gone = PrivateCopy.make(agent.state.dataDir, `test-${++count}`);
    gone[Symbol.dispose]();
    await expect(gone.write(Buffer.from('x'))).rejects.toMatchObject({ name: 'StateFault' });
    drop('roomless.jsonl', `${canonicalEvent('roomless')}\n`);
    const write = jest.spyOn(PrivateCopy.prototype, 'write').mockRejectedValueOnce(full);
    await watch();
    await until(() => inFolder('done').length === 1);
    expect(write.mock.calls.length).toBeGreaterThan(1);
    expect(running?.status?.()).toMatchObject([{ done: 1, failed: 0 }]);
    write.mockRestore();
  });

  test('that cannot be opened: what the system says decides whether it fails, waits, or is a fault', () => {
    const outcome = (code: string) => openFault(Object.assign(new Error(code), { code }));
    expect(outcome('EACCES')).toMatchObject({ kind: 'refused', code: 'report_unreadable' });
    expect(outcome('ENOENT')).toEqual({ kind: 'changed' });
    expect(() => outcome('EMFILE')).toThrow('EMFILE');
  });
});

describe('completeness', () => {
  test('is told by size and times that stay, seen here or old already', async () => {
    drop('f', 'x');
    const stats = await look(join(folder, 'f'));
    if (stats === null) throw new Error('not there');
    const found: Found = { name: 'f', path: join(folder, 'f'), stats, kind: 'file' };
    const now = Number(stats.ctimeMs);
    const fresh = new Steadiness(2000);
    expect(fresh.settled([found], 0, now)).toEqual([]);
    expect(fresh.settled([found], 1999, now)).toEqual([]);
    appendFileSync(found.path, 'y');
    const grown = { ...found, stats: (await look(found.path)) ?? stats };
    expect(fresh.settled([grown], 2000, now)).toEqual([]);
    expect(fresh.settled([grown], 4000, now)).toEqual([grown]);
    // After a restart: nothing was seen before, and the file says itself how old it is.
    expect(new Steadiness(2000).settled([grown], 0, Number(grown.stats.ctimeMs) + 2000)).toEqual([grown]);
    // A clock that went back must not make a new file old, nor keep it for ever.
    const back = new Steadiness(2000);
    expect(back.settled([grown], 0, now - 1_000_000)).toEqual([]);
    expect(back.settled([grown], 2000, now - 1_000_000)).toEqual([grown]);
  });

  test('is denied by a process that has the file open for writing, and not by one that reads it', async () => {
    drop('open', 'x');
    const path = join(folder, 'open');
    const stats = await look(path);
    if (stats === null) throw new Error('not there');
    const wanted = new Set([fileKey(stats)]);
    const reader = openSync(path, 'r');
    expect((await openForWriting(wanted)).size).toBe(0);
    const writer = openSync(path, 'r+');
    expect(await openForWriting(wanted)).toEqual(wanted);
    closeSync(writer);
    expect((await openForWriting(wanted)).size).toBe(0);
    closeSync(reader);
  });
});
