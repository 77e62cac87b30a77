/**
 * `node scripts/supply-chain/pack-check.ts [--keep FOLDER]`: packs what is published, installs the tarballs together into an
 * empty folder with npm, and runs what a user would run first. `npm install @nyxera/spectrastrike-agent` gets its sister
 * packages from the registry, where they are published together; here they come from the tarballs beside it.
 *
 * Third-party packages come from npm's cache or the registry, at the exact versions that the manifests name. Install
 * scripts are not run: the only one would compile pkcs11js, which is optional.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectInstalled } from './inspect-installed.ts';
import { manifestFaults, packAll } from './pack.ts';
import { run } from './run.ts';
import { publishedPackages } from './workspace.ts';

export interface Installation {
  readonly tarballs: readonly string[];
  /** The folder with `node_modules`. */
  readonly project: string;
}

/** Packs and installs below the folder. */
export function installPacked(folder: string): Installation {
  const project = join(folder, 'project');
  mkdirSync(project, { recursive: true });
  writeFileSync(
    join(project, 'package.json'),
    '{"name":"empty","version":"0.0.0","private":true,"type":"module"}\n',
  );
  const tarballs = packAll(join(folder, 'tarballs'));
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', ['install', ...quiet, ...tarballs], project);
  return { tarballs, project };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { keep: { type: 'string' } } });
  const folder =
    values.keep === undefined ? mkdtempSync(join(tmpdir(), 'nyxera-pack-')) : resolve(values.keep);
  try {
    const packages = publishedPackages();
    const { project, tarballs } = installPacked(folder);
    const faults = [...manifestFaults(packages), ...inspectInstalled(project, packages)];
    for (const fault of faults) console.error(`pack: ${fault}`);
    console.log(`packages: ${tarballs.length} packed and installed, ${faults.length} faults`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
