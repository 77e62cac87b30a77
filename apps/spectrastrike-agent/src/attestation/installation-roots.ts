import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '@nyxera/federation-cli';
import type { InstallationRoot } from './hash-files.ts';

const OWN_PACKAGES = ['@nyxera/federation-protocol', '@nyxera/federation-key-custody'];

/**
 * The agent's own files, and those of the two packages of ours that decide what is signed and with which key.
 * Third-party dependencies are pinned by the lockfile and not measured here; the manifest does not claim so.
 */
export function installationRoots(): readonly InstallationRoot[] {
  const agent: InstallationRoot = {
    label: '',
    path: fileURLToPath(packageFolder(import.meta.url)),
    entries: ['bin', 'data', 'dist', 'package.json'],
  };
  return [agent, ...OWN_PACKAGES.map(packageRoot)];
}

function packageRoot(name: string): InstallationRoot {
  // Resolves to <package>/dist/index.js.
  const entry = fileURLToPath(import.meta.resolve(name));
  return { label: name, path: resolve(dirname(entry), '..'), entries: ['dist', 'package.json'] };
}
