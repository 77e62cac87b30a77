/**
 * `pnpm dev` as a developer uses it: started, the printed commands typed, a source changed, Ctrl-C, started again.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { compileCache, freePort } from '@nyxera/federation-testing';

const top = new URL('../..', import.meta.url).pathname;
const main = join(top, 'scripts/dev/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'nyxera-dev-'));
// PostgreSQL runs as another account where we are root, and has to pass.
chmodSync(folder, 0o711);
const running = new Set<ChildProcess>();
const TEST_MS = 180_000;

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Dev {
  /** Resolves with everything that was said, as soon as that matches. */
  until(pattern: RegExp): Promise<string>;
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

function startDev(...args: readonly string[]): Dev {
  const child = spawn(process.execPath, [main, '--folder', join(folder, 'world'), ...args], {
    cwd: top,
    env: { ...process.env, ...compileCache() },
  });
  running.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  const waiting = new Set<() => void>();
  const hear = (text: Buffer): void => {
    said += text.toString();
    for (const one of waiting) one();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return {
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(said)) return;
          waiting.delete(look);
          resolve(said);
        };
        waiting.add(look);
        look();
        ended.then((code) => reject(new Error(`ended with ${code}\n${said}`)), reject);
      }),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** A line of what was printed, run by a shell as it stands. */
function typed(said: string, pattern: RegExp): string {
  const line = said
    .split('\n')
    .find((one) => pattern.test(one))
    ?.trim();
  expect(line).toBeDefined();
  const { stdout, stderr, status } = spawnSync('sh', ['-c', line ?? ''], { cwd: top, encoding: 'utf8' });
  expect([line, stderr, status]).toEqual([line, '', 0]);
  return stdout;
}

const pidsOf = (said: string): readonly number[] =>
  [...said.matchAll(/ pid=(\d+)/g)].map(([, pid]) => Number(pid));

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test(
  'both run from source; what is printed works; a change reloads; Ctrl-C leaves nothing; the next start goes on',
  async () => {
    const ports = ['--port', String(await freePort()), '--admin-port', String(await freePort())];
    const first = startDev(...ports);
    const said = await first.until(/Both run[\s\S]*stays\.\n/);
    expect(typed(said, /agent send /)).toMatch(/delivered\t3\n/);
    expect(
      typed(said, /gateway events list/)
        .trimEnd()
        .split('\n'),
    ).toHaveLength(3);
    expect(typed(said, /curl/)).toContain('ready');

    // Another start in its way is told, and does nothing.
    const second = spawnSync(process.execPath, [main, '--folder', join(folder, 'other'), ...ports], {
      encoding: 'utf8',
      env: { ...process.env, ...compileCache() },
    });
    expect([second.status, second.stderr]).toEqual([1, expect.stringContaining(`port ${ports[1]} is taken`)]);

    const now = new Date();
    utimesSync(join(top, 'apps/spectrastrike-agent/src/logging.ts'), now, now);
    await first.until(/dev: agent reloaded \(apps\/spectrastrike-agent\/src\/logging\.ts\)/);
    const all = await first.until(/reloaded/);
    expect(all).not.toContain('gateway reloaded');
    expect(await first.end('SIGINT')).toBe(0);
    expect(pidsOf(all).length).toBeGreaterThanOrEqual(3);
    expect(pidsOf(all).filter(lives)).toEqual([]);

    const again = startDev(...ports);
    const resumed = await again.until(/Both run[\s\S]*stays\.\n/);
    expect(resumed).toContain('goes on with');
    expect(
      typed(resumed, /gateway events list/)
        .trimEnd()
        .split('\n'),
    ).toHaveLength(3);
    // Nobody could say goodbye: what it started ends all the same.
    await again.end('SIGKILL');
    for (let tries = 0; tries < 200 && pidsOf(resumed).some(lives); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(pidsOf(resumed).filter(lives)).toEqual([]);
  },
  TEST_MS,
);

test(
  'the same on a real PostgreSQL',
  async () => {
    const ports = ['--port', String(await freePort()), '--admin-port', String(await freePort())];
    const dev = startDev('--postgres', ...ports);
    const said = await dev.until(/Both run[\s\S]*stays\.\n/);
    expect(said).toMatch(/gateway\.ready.* database=postgres/);
    expect(await dev.end('SIGINT')).toBe(0);
    expect(pidsOf(said).filter(lives)).toEqual([]);
  },
  TEST_MS,
);
