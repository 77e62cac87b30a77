import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filters, type Manifest, pnpm, publishedPackages, type WorkspacePackage } from './workspace.ts';

/** What every published package says of itself. Faults in words; none: right. */
export function manifestFaults(packages: readonly WorkspacePackage[]): readonly string[] {
  const published = new Set(packages.map(({ manifest }) => manifest.name));
  return packages.flatMap(({ manifest }) =>
    faultsOf(manifest, published).map((fault) => `${manifest.name}: ${fault}`),
  );
}

function faultsOf(manifest: Manifest, published: ReadonlySet<string>): readonly string[] {
  const { files = [], publishConfig, engines, exports, bin } = manifest;
  const faults: string[] = [];
  if (manifest.license !== 'Apache-2.0') faults.push('the licence is not Apache-2.0');
  if (manifest.type !== 'module') faults.push('it is no ES module');
  if (!/^>=\d/.test(engines?.node ?? '')) faults.push('engines.node says no lowest version');
  // The release workflow asks for both; a manifest may say so too, and must not say otherwise.
  if (publishConfig?.access === 'restricted' || publishConfig?.provenance === false) {
    faults.push('publishConfig is not public with provenance');
  }
  // A program is shipped as its bundle, a library as its modules.
  for (const wanted of ['README.md', 'LICENSE', bin === undefined ? 'dist' : 'bin']) {
    if (!files.includes(wanted)) faults.push(`files lacks ${wanted}`);
  }
  if (exports === undefined && bin === undefined) faults.push('it has neither exports nor bin');
  for (const [entry, target] of Object.entries(exports ?? {})) {
    if (target.types === undefined) faults.push(`exports ${entry} has no types`);
  }
  const needs = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(needs)) {
    if (name.startsWith('@nyxera/') && !published.has(name))
      faults.push(`it needs ${name}, which is private`);
  }
  return faults;
}

/** Packs every published package into the folder, and answers with the paths of the tarballs. Needs a build. */
export function packAll(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  pnpm([...filters(publishedPackages()), 'pack', '--pack-destination', folder]);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .sort()
    .map((name) => join(folder, name));
}
