import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from './program-environment.ts';

/** Runs a program from its source to its end, with none of the caller's settings. */
export function runSource(
  main: URL,
  args: readonly string[],
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const options = { encoding: 'utf8', env: programEnvironment({}) } as const;
  return spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(main), ...args],
    options,
  );
}
