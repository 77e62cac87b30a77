import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { loadForwardSettings } from '../../src/forward/load-settings.ts';
import { readForwardStatus } from '../../src/forward/read-status.ts';
import { startForwarding } from '../../src/forward/start-forwarding.ts';
import { createLogger } from '../../src/logging.ts';
import { createMetrics } from '../../src/metrics.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openTest, rowsOf } from '../store/stores.ts';
import { until } from './run-forwarder.ts';

describe.each(['embedded', 'postgres'] as const)('a forwarder that is killed (%s)', (kind) => {
  const directory = temporaryDirectory(`kill-nine-${kind}`);
  const file = join(directory.path, 'audit.jsonl');
  const settings = join(directory.path, 'forward.yaml');
  const logger = createLogger('error');
  let postgres: PostgresServer | null = null;
  let url: string | null = null;
  let child: ChildProcess | null = null;

  beforeAll(async () => {
    writeFileSync(
      settings,
      `version: 1
destinations:
  - { name: killed, type: file, path: '${file}', format: entry, batch: { max_records: 3 }, rotate: { max_bytes: 20000 } }
`,
      { mode: 0o600 },
    );
    if (kind === 'postgres') {
      postgres = await startPostgres({ fast: true });
      url = await postgres.createDatabase();
    }
    const db = await openTest(url, directory.path, 'serve', logger);
    await migrate(db);
    await db.close();
  });
  afterEach(() => {
    child?.kill('SIGKILL');
  });
  afterAll(async () => {
    await postgres?.stop();
    directory.remove();
  });

  /** Lines in the order in which they were written, over all files. */
  function written(): readonly { readonly sequence: number; readonly id: string }[] {
    const order = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER);
    return readdirSync(directory.path)
      .filter((name) => name.startsWith('audit.jsonl'))
      .sort((left, right) => order(left) - order(right))
      .flatMap((name) => readFileSync(join(directory.path, name), 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as { sequence: number; id: string });
  }

  test('again and again, in the middle of what it does: nothing is missing, nothing has another id', async () => {
    const program = join(import.meta.dirname, 'forwarder-process.ts');
    for (let round = 0; round < 4; round += 1) {
      const started = spawn(process.execPath, [program, url ?? 'embedded', directory.path, settings], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      let commits = 0;
      started.stdout.on('data', (chunk) => {
        commits += String(chunk).split('\n').length - 1;
      });
      await until(() => commits >= 4 + round * 3);
      await sleep(round * 7);
      const exit = once(started, 'exit');
      started.kill('SIGKILL');
      await exit;
    }
    const loaded = loadForwardSettings(settings);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const db = await openTest(url, directory.path, 'serve', logger);
    const forwarding = await startForwarding({
      destinations: loaded.destinations,
      store: { databaseUrl: url, dataDir: directory.path, autoMigrate: false },
      db,
      registry: createMetrics().registry,
      logger,
      clock: { now: () => Date.now() },
    });
    const log = await rowsOf<{ sequence: number; id: string }>(
      db,
      `SELECT sequence, encode(leaf_hash, 'hex') AS id FROM audit_log ORDER BY sequence`,
    );
    await until(async () => (await readForwardStatus(db))[0]?.next_sequence === log.length);
    await forwarding[Symbol.asyncDispose]();
    await db.close();
    const first = new Map<number, string>();
    for (const { sequence, id } of written()) {
      expect(first.get(sequence) ?? id).toBe(id);
      first.set(sequence, id);
    }
    // A map keeps the order of what was new: first in order, and all of it.
    expect([...first].map(([sequence, id]) => ({ sequence, id }))).toEqual(log);
    expect(log.length).toBeGreaterThan(50);
  }, 180_000);
});
