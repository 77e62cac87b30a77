import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One change of a built file: `place`, which must be there exactly once, becomes `planted`. */
export interface Patch {
  /** Below the package's directory, `dist/…`. */
  readonly file: string;
  readonly place: string;
  readonly planted: string;
}

/**
 * A copy of a built package (`bin`, `dist`, `package.json`; its dependencies by a link) in the new directory `copy`,
 * with a bug planted in it, to show that a suite would find one; a program is bundled anew from what was patched. The
 * original is only read. Throws where a place is not found exactly once: a bug that was not planted proves nothing.
 */
export function patchedBuild(original: string, copy: string, patches: readonly Patch[]): string {
  mkdirSync(copy);
  for (const part of ['bin', 'dist', 'package.json', 'data']) {
    if (existsSync(join(original, part))) cpSync(join(original, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(original, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, place, planted } of patches) {
    const text = readFileSync(join(copy, file), 'utf8');
    if (text.split(place).length !== 2) throw new Error(`the place for the planted bug is not in ${file}`);
    writeFileSync(
      join(copy, file),
      text.replace(place, () => planted),
    );
  }
  if (existsSync(join(copy, 'bin', 'program'))) bundleAnew(copy);
  return copy;
}

function bundleAnew(copy: string): void {
  rmSync(join(copy, 'bin', 'program'), { recursive: true });
  const script = fileURLToPath(new URL('../../../scripts/bundle-package.ts', import.meta.url));
  execFileSync(process.execPath, [script, copy], { stdio: ['ignore', 'ignore', 'inherit'] });
}
