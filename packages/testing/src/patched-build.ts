import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One change of a built file: `place`, which must be there exactly once, becomes `planted`. */
export interface Patch {
  /** Below the package's directory, `dist/…`. */
  readonly file: string;
  readonly place: string;
  /** Names only what `place` names: a bundle calls what is declared elsewhere as it likes. */
  readonly planted: string;
}

/**
 * A copy of a built program in the new directory `copy`, its dependencies by a link, with a bug planted in it, to show
 * that a suite would find one. The original is only read. Where the place reads in the bundle as in its module, only what
 * is started is copied; else all of it, and it is bundled anew. Throws where the place is not found exactly once: a bug
 * that was not planted proves nothing.
 */
export function patchedBuild(original: string, copy: string, patch: Patch): string {
  const module = plant(original, patch);
  const bundled = plantInBundle(original, patch);
  copyParts(original, copy, bundled === null ? ['bin', 'dist', ...DATA] : ['bin', ...DATA]);
  write(copy, bundled ?? module);
  if (bundled === null && existsSync(join(original, BUNDLE))) bundleAnew(copy);
  return copy;
}

/** The same of its modules (`dist`) alone, for who loads one of them and starts no program. */
export function patchedModules(original: string, copy: string, patch: Patch): string {
  const module = plant(original, patch);
  copyParts(original, copy, ['dist', ...DATA]);
  write(copy, module);
  return copy;
}

const BUNDLE = join('bin', 'program');
const DATA = ['package.json', 'data'];

interface Planted {
  readonly file: string;
  readonly text: string;
}

function plant(original: string, { file, place, planted }: Patch): Planted {
  const parts = readFileSync(join(original, file), 'utf8').split(place);
  if (parts.length !== 2) throw new Error(`the place for the planted bug is not in ${file}`);
  return { file, text: parts.join(planted) };
}

/** Null where the place is not there as it is in the module, or more than once. */
function plantInBundle(original: string, { place, planted }: Patch): Planted | null {
  const files = existsSync(join(original, BUNDLE)) ? readdirSync(join(original, BUNDLE)) : [];
  const found = files
    .map((name) => ({ file: join(BUNDLE, name), text: readFileSync(join(original, BUNDLE, name), 'utf8') }))
    .filter(({ text }) => text.includes(place));
  const [chunk] = found;
  const parts = chunk?.text.split(place) ?? [];
  return chunk === undefined || found.length > 1 || parts.length !== 2
    ? null
    : { file: chunk.file, text: parts.join(planted) };
}

function copyParts(original: string, copy: string, parts: readonly string[]): void {
  mkdirSync(copy);
  for (const part of parts) {
    if (existsSync(join(original, part))) cpSync(join(original, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(original, 'node_modules'), join(copy, 'node_modules'));
}

function write(copy: string, { file, text }: Planted): void {
  writeFileSync(join(copy, file), text);
}

function bundleAnew(copy: string): void {
  rmSync(join(copy, BUNDLE), { recursive: true });
  const script = fileURLToPath(new URL('../../../scripts/bundle-package.ts', import.meta.url));
  execFileSync(process.execPath, [script, copy], { stdio: ['ignore', 'ignore', 'inherit'] });
}
