import { spawnSync } from 'node:child_process';

/** Runs a program to its end and returns what it printed. Throws with all of its output when it fails. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): string {
  const finished = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, npm_config_loglevel: 'error', ...environment },
  });
  if (finished.status === 0) return finished.stdout;
  const why = finished.error?.message ?? `exit code ${finished.status}`;
  throw new Error(`${command} ${args.join(' ')}: ${why}\n${finished.stdout ?? ''}\n${finished.stderr ?? ''}`);
}
