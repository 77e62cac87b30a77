import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The bundle of `src/verify` and what it exports: with the portable backends, as in a browser. What it does not show: that a
 * browser's engine computes as Node's does.
 */
export async function bundleOfVerify(): Promise<{
  readonly code: string;
  readonly verify: typeof import('../../src/verify/index.ts');
}> {
  const directory = mkdtempSync(join(tmpdir(), 'console-verify-'));
  try {
    const path = join(directory, 'verify.mjs');
    execFileSync(process.execPath, [fileURLToPath(new URL('./write-bundle.ts', import.meta.url)), path]);
    return { code: readFileSync(path, 'utf8'), verify: await import(path) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
