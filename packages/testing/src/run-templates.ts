import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { templatesFolder } from './config.ts';

/**
 * Puts a directory that always begins alike at `to`, which must not exist: made by `make`, or copied from the one that
 * was made first in this run. Initialising a database costs seconds of processor, the copy a fraction of one. Without
 * the run's folder, in a test file that is run by itself, it is made each time.
 */
export async function fromTemplate(
  name: string,
  to: string,
  make: (directory: string) => Promise<void>,
): Promise<void> {
  const folder = templatesFolder();
  if (folder === null) return make(to);
  const template = join(folder, name);
  if (existsSync(template)) return copy(template, to);
  await make(to);
  const own = `${template}.${randomBytes(6).toString('hex')}`;
  await copy(to, own);
  try {
    renameSync(own, template);
  } catch {
    // Another test file was faster: its template stands.
    rmSync(own, { recursive: true, force: true });
  }
}

/** By the system's own program: it keeps owners and modes, and is several times faster than `fs.cp`. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** A secret that whatever is made from one template has in common: of this run, or of this call where there is none. */
export function templateSecret(name: string): string {
  const fresh = randomBytes(16).toString('hex');
  const folder = templatesFolder();
  if (folder === null) return fresh;
  const path = join(folder, name);
  try {
    writeFileSync(path, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch {
    return readFileSync(path, 'utf8');
  }
}

/**
 * Variables for a program that a test starts from its sources: in a run of the whole suite Node keeps what it made of
 * them, because stripping the types of hundreds of files is half of what a short command costs. Else none.
 */
export function compileCache(): Readonly<Record<string, string>> {
  const folder = templatesFolder();
  return folder === null ? {} : { NODE_COMPILE_CACHE: join(folder, 'compiled') };
}
