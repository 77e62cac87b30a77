import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { programEnvironment } from '@nyxera/federation-testing';

/** The generator's own core where there are two and `taskset` is there; else null: wherever the kernel puts it. */
export function generatorCore(): number | null {
  const found = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;
  return found && cpus().length >= 2 ? cpus().length - 1 : null;
}

/** A TypeScript file of this package as a process with a message channel; resolves when it says `ready`. */
export async function forkFile(
  file: string,
  core: number | null,
  more: readonly string[] = [],
): Promise<ChildProcess> {
  const program = [process.execPath, '--disable-warning=ExperimentalWarning', file, ...more];
  const [command = '', ...args] = core === null ? program : ['taskset', '-c', String(core), ...program];
  const child = spawn(command, args, {
    env: programEnvironment({}),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await nextMessage(child);
  return child;
}

export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const options = { signal: ended.signal };
  try {
    return await Promise.race([
      once(child, 'message', options).then(([message]) => message as unknown),
      once(child, 'exit', options).then(([code]) => {
        throw new Error(`a child process ended with ${String(code)}`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}
