import { spawnSync } from 'node:child_process';
import { test } from '@jest/globals';

/** `test` where all of these programs are here; else one that is skipped, and says why. */
export function testWith(...commands: readonly string[]): typeof test | typeof test.skip {
  const missing = commands.filter((command) => !isHere(command));
  if (missing.length === 0) return test;
  console.warn(`${missing.join(', ')}: not on this machine, so what needs it is skipped`);
  return test.skip;
}

export function isHere(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** Waits for what another process does; throws where it does not come. */
export async function until(what: string, isSo: () => Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
