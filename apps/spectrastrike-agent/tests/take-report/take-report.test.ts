import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { memorySource } from '../../src/intake/index.ts';
import { openReport, receiveReport, type TakenReport, takeReport } from '../../src/take-report.ts';
import { nucleiLine, PROGRAM_FLAGS, reportContext } from '../support/reports.ts';

const CHILD = fileURLToPath(new URL('../support/take-child.ts', import.meta.url));
const MANY = 1200;

let directory: TemporaryDirectory;
let context: ReturnType<typeof reportContext>;

beforeEach(() => {
  directory = temporaryDirectory('take');
  context = reportContext(join(directory.path, 'state'));
});
afterEach(() => {
  context.close();
  directory.remove();
});

const lines = (count: number): string => Array.from({ length: count }, (_, n) => nucleiLine(n)).join('');
const sourceOf = (text: string) => memorySource({ name: 'r', bytes: Buffer.from(text) });

function rows(): { ids: string[]; observed: Set<string> } {
  const all = context.state.db.prepare('SELECT event_id, payload FROM events ORDER BY seq').all();
  return {
    ids: all.map((row) => String(row.event_id)),
    observed: new Set(all.map((row) => String(JSON.parse(String(row.payload)).observed_at))),
  };
}

function reportRow(): unknown {
  return { ...context.state.db.prepare('SELECT read, complete, name FROM reports').get() };
}

async function take(text: string, extra: Partial<typeof context> = {}): Promise<TakenReport> {
  return takeReport(sourceOf(text), { ...context, ...extra });
}

describe('a report in several transactions', () => {
  test('stopped in the middle and said again, it is the same events, each once, and the row says how many', async () => {
    const text = lines(MANY);
    const stop = new AbortController();
    let groups = 0;
    const stopped = await take(text, {
      signal: stop.signal,
      onTaken: () => {
        groups += 1;
        if (groups === 2) stop.abort();
      },
    });
    expect(stopped).toMatchObject({ read: 200, spooled: 200, complete: false, refused: 1 });
    expect(stopped.faults).toMatchObject([
      {
        code: 'report_stopped',
        where: 'after 200 events',
        expected: expect.stringContaining('send the report again'),
      },
    ]);
    expect(reportRow()).toEqual({ read: 200, complete: 0, name: 'r' });

    // Another day: what has no time of its own keeps that of the first reading.
    const again = await take(text, { nowMs: context.nowMs + 86_400_000 });
    expect(again).toMatchObject({
      read: MANY,
      known: 200,
      spooled: MANY - 200,
      complete: true,
      refused: 0,
      changedCount: 0,
    });
    expect([again.seqs.added, again.seqs.distinct]).toEqual([MANY, MANY]);
    expect(reportRow()).toEqual({ read: MANY, complete: 1, name: 'r' });
    const { ids, observed } = rows();
    expect([new Set(ids).size, ids.length, observed.size]).toEqual([MANY, MANY, 1]);

    const third = await take(text);
    expect(third).toMatchObject({ read: MANY, known: MANY, spooled: 0, changedCount: 0 });
    expect(reportRow()).toEqual({ read: MANY, complete: 1, name: 'r' });
  });

  test('kill -9 in the middle: what was acknowledged is there, and the rest follows when it is said again', async () => {
    const file = join(directory.path, 'report.jsonl');
    writeFileSync(file, lines(MANY));
    const child = spawn(process.execPath, [...PROGRAM_FLAGS, CHILD, join(directory.path, 'state'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: string[] = [];
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      for (const line of String(chunk).split('\n')) {
        if (line.startsWith('taken ')) acknowledged.push(...line.slice(6).split(' '));
      }
      child.kill('SIGKILL');
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    const before = rows().ids;
    // The last line may have been cut by the pipe's end; every whole one is there.
    expect(before).toEqual(expect.arrayContaining(acknowledged.slice(0, -1)));
    const again = await take(lines(MANY));
    expect(again).toMatchObject({
      read: MANY,
      known: before.length,
      spooled: MANY - before.length,
      complete: true,
    });
    expect(new Set(rows().ids).size).toBe(MANY);
  });

  test('an id with another content: a fault with its place where it is near, `changed` where it is far', async () => {
    const event = (id: string, severity: string): string =>
      `${JSON.stringify({
        event_id: id,
        event_type: 'T',
        source_system: 's',
        severity,
        observed_at: '2026-01-01T00:00:00Z',
        mitre_techniques: ['T1046'],
        attributes: {},
      })}\n`;
    const far = Array.from({ length: 300 }, (_, n) => event(`e-${n}`, 'low')).join('');
    const taken = await take(event('x', 'low') + event('x', 'high') + far + event('x', 'critical'));
    expect(taken).toMatchObject({ read: 302, spooled: 301, changed: ['x'], changedCount: 1, refused: 1 });
    expect(taken.faults).toMatchObject([{ code: 'event_id_repeated', where: 'line 2, event_id' }]);
    expect(taken.seqs.distinct).toBe(301);
  });

  test('an array or XML that breaks off far behind: nothing is taken of it', async () => {
    const array = `[${lines(MANY).trimEnd().replaceAll('\n', ',')}`;
    expect(await take(array)).toMatchObject({ read: 0, refused: 1, faults: [{ code: 'report_malformed' }] });
    expect(await take(`${array},7]`)).toMatchObject({ read: MANY, refused: 1, complete: true });
    const host = '<host><ports><port protocol="tcp" portid="1"><state state="open"/></port></ports></host>';
    const scan = `<nmaprun>${host.repeat(MANY)}`;
    expect(await take(scan)).toMatchObject({ read: 0, faults: [{ code: 'report_malformed' }] });
    expect(await take(`${scan}</nmaprun>`)).toMatchObject({ read: MANY, refused: 0 });
  });
});

test('a file that is written to while it is read: said so, and never complete', async () => {
  const file = join(directory.path, 'large.jsonl');
  // Beyond what is read into memory at once.
  writeFileSync(file, lines(2500).replaceAll('Finding', 'f'.repeat(2000)));
  const opened = openReport(file);
  if (!opened.ok) throw new Error(opened.code);
  let first = true;
  const taken = await takeReport(opened.report, {
    ...context,
    onTaken: () => {
      if (first) truncateSync(file, 4_500_000);
      first = false;
    },
  });
  opened.report.close();
  expect(taken).toMatchObject({ complete: false });
  expect(taken.faults.at(-1)).toMatchObject({ code: 'report_changed' });
  expect(reportRow()).toMatchObject({ complete: 0 });
});

test('100 MB in lines of 150 KB, one of 40 MB among them: in bounded memory, and the one is refused', () => {
  const file = join(directory.path, 'large.jsonl');
  const fd = openSync(file, 'w');
  for (let n = 0; n < 400; n++) {
    const filler = 'x'.repeat(n === 200 ? 40_000_000 : 150_000);
    writeSync(fd, `{"template-id":"t-${n}","info":{"name":"n"},"response":"${filler}"}\n`);
  }
  closeSync(fd);
  const child = spawnSync(process.execPath, [...PROGRAM_FLAGS, CHILD, join(directory.path, 'state'), file], {
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  const { peakMiB, ...result } = JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toEqual({ read: 399, spooled: 399, known: 0, refused: 1, complete: true });
  // 176 MiB without the line that is too long; read as a whole it would be more than twice that.
  expect(peakMiB).toBeLessThan(256);
}, 120_000);

test('a log that grows while it is read is a report of its first lines', async () => {
  const file = join(directory.path, 'log.jsonl');
  writeFileSync(file, lines(3));
  const opened = openReport(file);
  if (!opened.ok) throw new Error(opened.code);
  appendFileSync(file, lines(3));
  expect(await takeReport(opened.report, context)).toMatchObject({ read: 3, complete: true });
  opened.report.close();
});

describe('what is no report', () => {
  test('directories, links where they are not followed, what is not there', () => {
    const target = join(directory.path, 'target');
    writeFileSync(target, lines(1));
    const link = join(directory.path, 'link');
    symlinkSync(target, link);
    expect(openReport(link, { followSymlinks: false })).toMatchObject({
      ok: false,
      code: 'report_not_a_file',
    });
    const followed = openReport(link);
    expect(followed).toMatchObject({ ok: true, report: { size: lines(1).length } });
    if (followed.ok) followed.report.close();
    expect(openReport(directory.path)).toMatchObject({ ok: false, code: 'report_not_a_file' });
    expect(openReport('/dev/zero')).toMatchObject({ ok: false, code: 'report_not_a_file' });
    expect(openReport(join(directory.path, 'nowhere'))).toMatchObject({ code: 'report_unreadable' });
  });

  test('another format than was said', async () => {
    expect(await take(lines(1), { format: 'nmap' })).toMatchObject({
      read: 0,
      format: 'nuclei',
      faults: [{ code: 'report_format_mismatch' }],
    });
  });
});

describe('a stream', () => {
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7);

  test('is a report, large or small, and leaves nothing behind', async () => {
    const dataDir = join(directory.path, 'state');
    for (const count of [2, 5000]) {
      const received = await receiveReport(Readable.from([Buffer.from(lines(count))]), {
        ...{ name: '-', dataDir, random },
        limit: 10_000_000,
      });
      if (!received.ok) throw new Error(received.code);
      const taken = await takeReport(received.report, context);
      received.report.close();
      expect(taken).toMatchObject({ file: '-', read: count, complete: true });
    }
    expect(readdirSync(join(dataDir, 'incoming'))).toEqual([]);
  });

  test('beyond the limit it is refused', async () => {
    const received = await receiveReport(Readable.from([Buffer.alloc(3_000_000, 0x20), Buffer.alloc(1)]), {
      ...{ name: '-', dataDir: join(directory.path, 'state'), random },
      limit: 3_000_000,
    });
    expect(received).toMatchObject({ ok: false, code: 'report_too_large' });
  });
});
