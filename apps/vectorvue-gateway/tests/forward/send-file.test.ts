import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { createFileSender } from '../../src/forward/send-file.ts';
import { type FileSettings, forwardFile } from '../../src/forward/settings.ts';
import { toEntryRecord } from '../../src/forward/to-entry-record.ts';
import { newParty } from '../store/requests.ts';
import { forEachStore } from '../store/stores.ts';
import { entry, records } from './entries.ts';
import { append, range, runForwarder } from './run-forwarder.ts';

const directory = temporaryDirectory('send-file');
afterAll(() => directory.remove());
let made = 0;

function fileSender(over: Record<string, unknown> = {}, now: () => number = () => Date.now()) {
  made += 1;
  const folder = join(directory.path, String(made));
  mkdirSync(folder);
  const path = join(folder, 'audit.jsonl');
  const settings = forwardFile.parse({
    version: 1,
    destinations: [{ name: 'f', type: 'file', path, format: 'entry', ...over }],
  }).destinations[0] as FileSettings;
  return { path, folder, sender: createFileSender(settings, now) };
}

function sequencesIn(path: string): readonly number[] {
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { sequence: number }).sequence);
}

describe('JSON lines', () => {
  test('are appended, a line a record, for nobody else to read', async () => {
    const { path, sender } = fileSender();
    expect(await sender.send(records(3))).toEqual({ ok: true });
    expect(await sender.send(records(2, 3))).toEqual({ ok: true });
    await sender.close();
    expect(sequencesIn(path)).toEqual(range(0, 5));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a hostile value makes one line', async () => {
    const { path, sender } = fileSender();
    await sender.send([toEntryRecord(entry({ subject: `a\n{"sequence":9}\u2028\r${'x'.repeat(150_000)}` }))]);
    await sender.close();
    expect(sequencesIn(path)).toEqual([0]);
    expect(readFileSync(path, 'utf8')).toMatch(/^[\x20-\x7e]+\n$/);
  });

  test('a line that a crash has cut off is taken off before the next one', async () => {
    const { path, sender } = fileSender();
    await sender.send(records(2));
    await sender.close();
    appendFileSync(path, `{"sequence":2,"half":"${'y'.repeat(200_000)}`);
    expect(await sender.send(records(2, 2))).toEqual({ ok: true });
    await sender.close();
    expect(sequencesIn(path)).toEqual(range(0, 4));
    writeFileSync(path, '{"only half');
    expect(await sender.send(records(1))).toEqual({ ok: true });
    await sender.close();
    expect(sequencesIn(path)).toEqual([0]);
  });

  test('put aside by size and by age, and never written over', async () => {
    let nowMs = Date.now();
    const { path, folder, sender } = fileSender(
      { rotate: { max_bytes: 4_096, max_age_seconds: 60 } },
      () => nowMs,
    );
    for (let n = 0; n < 20; n += 1) expect(await sender.send(records(1, n))).toEqual({ ok: true });
    const bySize = readdirSync(folder).length;
    expect(bySize).toBeGreaterThan(2);
    nowMs += 61_000;
    await sender.send(records(1, 20));
    expect(readdirSync(folder)).toHaveLength(bySize + 1);
    await sender.close();
    const names = readdirSync(folder).filter((name) => name !== 'audit.jsonl');
    const bySequence = (name: string): number => Number(name.split('.').at(-1));
    expect(names.every((name) => /^audit\.jsonl\.\d{8}T\d{6}Z\.\d+$/.test(name))).toBe(true);
    const all = names
      .sort((left, right) => bySequence(left) - bySequence(right))
      .flatMap((name) => sequencesIn(join(folder, name)));
    expect([...all, ...sequencesIn(path)]).toEqual(range(0, 21));
  });

  test('a name that is taken stops it instead of losing what has the name', async () => {
    const nowMs = Date.UTC(2030, 0, 1);
    const { path, sender } = fileSender({ rotate: { max_bytes: 4_096, max_age_seconds: 1 } }, () => nowMs);
    writeFileSync(`${path}.20300101T000000Z.1`, 'kept');
    await sender.send(records(1));
    await sender.close();
    expect(await sender.send(records(1, 1))).toMatchObject({ ok: true });
    expect(await sender.send(records(1, 1))).toMatchObject({
      ok: false,
      code: 'file_failed',
      detail: 'EEXIST',
    });
    expect(readFileSync(`${path}.20300101T000000Z.1`, 'utf8')).toBe('kept');
  });

  test('a symbolic link, a directory and a place that is not there are refused', async () => {
    const linked = fileSender();
    writeFileSync(join(linked.folder, 'secret'), '');
    symlinkSync(join(linked.folder, 'secret'), linked.path);
    expect(await linked.sender.send(records(1))).toMatchObject({
      ok: false,
      code: 'file_failed',
      detail: 'ELOOP',
    });
    const folder = fileSender();
    mkdirSync(folder.path);
    expect(await folder.sender.send(records(1))).toMatchObject({
      ok: false,
      code: 'file_failed',
      detail: 'EISDIR',
    });
    const nowhere = fileSender();
    chmodSync(nowhere.folder, 0o700);
    const lost = forwardFile.parse({
      version: 1,
      destinations: [{ name: 'f', type: 'file', path: join(nowhere.folder, 'no', 'such', 'x') }],
    }).destinations[0] as FileSettings;
    expect(await createFileSender(lost, Date.now).send(records(1))).toMatchObject({
      code: 'file_failed',
      detail: 'ENOENT',
    });
  });
});

forEachStore('forwarding to a file', (store) => {
  test('from the log to the disk, over a stop', async () => {
    const { path, sender } = fileSender();
    const from = await append(store().db, newParty(), 40);
    const first = await runForwarder(store(), sender, { name: 'file' });
    await first.caughtUp();
    await first.stop();
    await append(store().db, newParty(), 10);
    const second = await runForwarder(store(), sender, { name: 'file' });
    await second.caughtUp();
    await second.stop();
    expect(sequencesIn(path)).toEqual(range(0, from + 50));
  });
});
