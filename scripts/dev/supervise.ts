import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Environment } from './prepare-world.ts';

/** One of the two programs, started again on demand. */
export interface Supervised {
  readonly name: 'gateway' | 'agent';
  /** The running process; null: it has ended by itself, and waits for a change. */
  pid(): number | null;
  /** Starts it, or ends it and starts it anew; resolves when it says that it is ready, or has ended. */
  restart(): Promise<'ready' | 'ended'>;
  /** SIGTERM; SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

const STOP_MS = 10_000;
const ENTRY = new URL('program.ts', import.meta.url).pathname;
const HOOK = new URL('resolve-sources.ts', import.meta.url).pathname;
const COMMANDS = { gateway: 'serve', agent: 'run' } as const;

export function supervise(
  name: Supervised['name'],
  environment: Environment,
  say: (line: string) => void,
  changed: () => void,
): Supervised {
  let child: ChildProcess | null = null;
  let wanted: Promise<unknown> = Promise.resolve();

  const stop = async (): Promise<void> => {
    const ending = child;
    if (ending === null) return;
    const ended = new Promise<void>((resolve) => ending.once('close', () => resolve()));
    ending.kill('SIGTERM');
    const timer = setTimeout(() => ending.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  };

  const start = (): Promise<'ready' | 'ended'> =>
    new Promise((resolve) => {
      const args = ['--disable-warning=ExperimentalWarning', '--import', HOOK, ENTRY, name, COMMANDS[name]];
      const started = spawn(process.execPath, args, {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: process.env.TZ, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A Ctrl-C is for us alone: two signals would end the gateway at once, without its answers.
        detached: true,
      });
      child = started;
      changed();
      createInterface({ input: started.stdout }).on('line', (line) => {
        if (line.includes(`"${name}.ready"`)) resolve('ready');
        say(line);
      });
      createInterface({ input: started.stderr }).on('line', say);
      started.once('error', (fault) => say(fault.message));
      started.once('close', (code, signal) => {
        if (child === started) child = null;
        changed();
        if (signal !== 'SIGTERM' && code !== 0)
          say(`ended with ${code ?? signal}; a change of its sources starts it again`);
        resolve('ended');
      });
    });

  return {
    name,
    pid: () => child?.pid ?? null,
    // One after the other, whatever comes while one is under way.
    restart: () => {
      const next = wanted.then(stop).then(start);
      wanted = next;
      return next;
    },
    stop: () => {
      const next = wanted.then(stop, stop);
      wanted = next;
      return next;
    },
  };
}
