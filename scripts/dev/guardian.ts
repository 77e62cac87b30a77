import { spawn } from 'node:child_process';

/**
 * A shell that outlives us on purpose: when its standard input closes, for whatever reason, it ends what we started.
 * A Ctrl-C we handle ourselves; this is for a kill -9 and a closed terminal.
 */
export interface Guardian {
  /** The processes that must end with us. */
  watch(pids: readonly number[]): void;
}

const SCRIPT = `
pids=
while read -r line; do pids=$line; done
for pid in $pids; do kill -TERM "$pid" 2>/dev/null; done
`;

export function startGuardian(): Guardian {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'nyxera-dev-guardian'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.stdin.on('error', () => undefined);
  return { watch: (pids) => void child.stdin.write(`${pids.join(' ')}\n`) };
}
