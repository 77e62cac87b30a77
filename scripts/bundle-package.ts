/**
 * `node bundle-package.ts [DIRECTORY]`: puts the compiled modules of a package together into few. A start of one of
 * the programs loads hundreds of modules of ours otherwise, and looking each up costs more than running it: more than
 * half of what a short command takes.
 *
 * Only modules of the package itself: what it depends on, other packages of ours among it, is resolved where it is
 * installed and keeps its licence beside it. A library is bundled in its place (`dist`, one file for each of its
 * exports), a program beside it (`bin/program`). `import()` still loads late.
 */
import { globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly default: string }>>;
  readonly imports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Modules that are loaded by their path: from `bin`, or as a thread or a process of their own. */
const LOADED_BY_PATH: Readonly<Record<string, readonly string[]>> = {
  '@nyxera/spectrastrike-agent': ['dist/main.js'],
  '@nyxera/vectorvue-gateway': [
    'dist/main.js',
    'dist/bound-heap.js',
    'dist/verify/verify-thread.js',
    'dist/workers/worker-process.js',
  ],
  '@nyxera/federation-testing': ['dist/soft-hsm-program.js'],
};

async function bundle(directory: string, entries: readonly string[], folder: string): Promise<void> {
  const bundled = await rolldown({
    // Named by path below dist, so that every export is where package.json says.
    input: Object.fromEntries(entries.map((entry) => [entryName(entry, folder), join(directory, entry)])),
    platform: 'neutral',
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    logLevel: 'warn',
  });
  await bundled.write({
    dir: join(directory, folder),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name]-[hash].js',
  });
  await bundled.close();
}

/** Those of a program lie flat: what loads a thread by a path relative to itself finds it beside itself. */
function entryName(entry: string, folder: string): string {
  const name = entry.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '');
  return folder === 'bin/program' ? name.replace(/^.*\//, '') : name;
}

async function bundlePackage(directory: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  const byPath = LOADED_BY_PATH[manifest.name] ?? [];
  if (manifest.exports === undefined) return bundle(directory, byPath, 'bin/program');
  const exported = Object.values(manifest.exports).map((target) => target.default);
  const chosen = Object.values(manifest.imports ?? {}).flatMap((targets) => Object.values(targets));
  await bundle(directory, [...exported, ...chosen, ...byPath], 'bundled');
  // Types stay, module by module; of the compiled modules only the bundle is left.
  for (const file of globSync('dist/**/*.js', { cwd: directory })) rmSync(join(directory, file));
  for (const file of globSync('bundled/**/*.js', { cwd: directory })) {
    renameSync(join(directory, file), join(directory, file.replace('bundled', 'dist')));
  }
  rmSync(join(directory, 'bundled'), { recursive: true });
}

await bundlePackage(resolve(process.argv[2] ?? '.'));
