import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * A small shell process that outlives us on purpose: when our end of its standard input closes, for whatever
 * reason, it ends the server and removes the directory. Exit handlers would not run after SIGKILL or a crash
 * of the test runner, and would leave servers behind.
 */
export interface Watchdog {
  /** The process that has to end with us, or null while there is none. */
  watch(pid: number | null): void;
  /** Lets it do its work now, and waits for it: the directory is gone afterwards. */
  release(): Promise<void>;
}

// The server removes its pid file as the last thing it does; the pid itself may stay as a zombie where nobody
// reaps orphans (a container whose first process is no init). SIGQUIT is PostgreSQL's "immediate shutdown". Nothing is sent once the pid is 0: it may be another's by then.
const SCRIPT = `
pid=0
while read -r line; do pid=$line; done
if [ "$pid" != 0 ]; then
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf -- "$1" 2>/dev/null || { sleep 1; rm -rf -- "$1"; }
`;

export function startWatchdog(directory: string): Watchdog {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'nyxera-watchdog', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  child.unref();
  const { stdin } = child;
  // Neither the process nor its pipe may keep the test runner alive.
  (stdin as unknown as { unref?: () => void }).unref?.();
  stdin.on('error', () => {});
  return {
    watch: (pid) => {
      stdin.write(`${pid ?? 0}\n`);
    },
    release: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.ref();
      stdin.end();
      await exit;
    },
  };
}
