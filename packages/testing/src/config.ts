import { accessSync, constants } from 'node:fs';

/**
 * Where one run of the whole suite keeps what its files would each make alike (`NYXERA_TEST_TEMPLATES`, which
 * `scripts/test-all.ts` sets); null in a test file that is run by itself, or by a user whom the
 * folder does not belong to.
 */
export function templatesFolder(): string | null {
  const folder = process.env.NYXERA_TEST_TEMPLATES ?? '';
  if (folder === '') return null;
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch {
    return null;
  }
}

/** Where programs are found and whose they are. */
export function accountVariables(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME };
}

/** Whether tests that have a long form take it (`NYXERA_TEST_LONG=1`, which `pnpm test:long` sets). */
export function isLongRun(): boolean {
  return process.env.NYXERA_TEST_LONG === '1';
}
