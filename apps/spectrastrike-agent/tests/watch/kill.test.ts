import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';
import { openState } from '../../src/state/open-state.ts';
import { canonicalEvent, createAgentFixture } from '../cli/agent-fixture.ts';
import { AGENT_PROGRAM } from '../cli/agent-program.ts';
import { ask, postLines, type Target } from '../local-api/api-fixture.ts';

const FILES = 60;
const KILLS = 3;

/** A test that failed leaves one behind, which would keep the runner waiting for its pipes. */
let last: ChildProcess | null = null;
afterEach(() => {
  last?.kill('SIGKILL');
});

/** The daemon as a process of its own, up when this resolves. */
async function startDaemon(environment: Record<string, string>, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [AGENT_PROGRAM, 'run', '--watch', folder], {
    env: environment,
    cwd: '/',
  });
  last = child;
  child.stderr?.resume();
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  for await (const line of lines) {
    if (!line.includes('"agent.ready"')) continue;
    expect(JSON.parse(line)).toMatchObject({
      services: [{ name: 'local-api', listen: expect.stringContaining('unix:') }, { name: 'watch' }],
    });
    return child;
  }
  throw new Error('the daemon ended before it was ready');
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code)));

/** Posts until the daemon is gone; the ids that were acknowledged. */
async function offer(target: Target, round: number, acknowledged: string[], enough: number): Promise<void> {
  for (let n = 0; acknowledged.length < enough; n++) {
    const ids = [0, 1, 2].map((one) => `api-${round}-${n}-${one}`);
    const reply = await postLines(
      target,
      ids.map((id) => canonicalEvent(id)),
    );
    expect(reply.json).toMatchObject({ accepted: 3, refused: 0 });
    acknowledged.push(...ids);
  }
}

test('kill -9 while events and files come in: everything acknowledged is there once, every file is taken once', async () => {
  const fixture = await createAgentFixture();
  const folder = join(fixture.path, 'drop');
  const staging = join(fixture.path, 'staging');
  for (const path of [folder, staging]) mkdirSync(path);
  // The gateway is away: what counts here is the spool.
  await fixture.gateway.close();
  const environment = { ...fixture.environment, SPECTRASTRIKE_WATCH_SETTLE_SECONDS: '0' };
  const dataDir = fixture.environment.SPECTRASTRIKE_DATA_DIR ?? '';
  const target = { socketPath: join(dataDir, 'intake.sock') };
  const acknowledged: string[] = [];
  const drop = (n: number): void => {
    const name = `report-${n}.jsonl`;
    const events = [0, 1, 2, 3, 4].map((one) => canonicalEvent(`file-${n}-${one}`));
    writeFileSync(join(staging, name), `${events.join('\n')}\n`);
    renameSync(join(staging, name), join(folder, name));
  };
  for (let round = 0; round < KILLS; round++) {
    const daemon = await startDaemon(environment, folder);
    const gone = ended(daemon);
    for (let n = round; n < FILES; n += KILLS) drop(n);
    await offer(target, round, acknowledged, acknowledged.length + 30);
    daemon.kill('SIGKILL');
    await gone;
  }
  const daemon = await startDaemon(environment, folder);
  const waiting = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  while (waiting().length > 0) await ask(target, 'GET', '/v1/status');
  const gone = ended(daemon);
  daemon.kill('SIGTERM');
  expect(await gone).toBe(0);
  expect(existsSync(target.socketPath)).toBe(false);

  expect(readdirSync(join(folder, 'done')).sort()).toEqual(
    Array.from({ length: FILES }, (_, n) => `report-${n}.jsonl`).sort(),
  );
  expect(readdirSync(join(folder, 'failed'))).toEqual([]);
  const state = openState(dataDir);
  const ids = state.db
    .prepare('SELECT event_id FROM events')
    .all()
    .map((row) => String(row.event_id));
  const fromFiles = Array.from({ length: FILES * 5 }, (_, n) => `file-${Math.floor(n / 5)}-${n % 5}`);
  expect(ids.filter((id) => id.startsWith('file')).sort()).toEqual(fromFiles.sort());
  expect(ids).toEqual(expect.arrayContaining(acknowledged));
  const intents = state.db.prepare('SELECT count(*) AS n, max(sequence) AS last FROM intents').get();
  expect([intents?.n, intents?.last]).toEqual([ids.length, ids.length]);
  state.close();
  await fixture.close();
}, 240_000);
