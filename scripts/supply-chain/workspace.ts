import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

export const ROOT = new URL('../../', import.meta.url).pathname;

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, { readonly types?: string; readonly default?: string }>>;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** Relative to the root: `packages/protocol`. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Every package below `packages` and `apps` that is published: what is not `private`. A new one needs no edit here. */
export function publishedPackages(root: string = ROOT): readonly WorkspacePackage[] {
  return ['packages', 'apps']
    .flatMap((room) => readdirSync(join(root, room)).map((name) => `${room}/${name}`))
    .map((directory) => ({ directory, manifest: readManifest(join(root, directory)) }))
    .filter((found): found is WorkspacePackage => found.manifest !== null && found.manifest.private !== true);
}

/** Private packages whose built files, with the libraries in them, are part of a published one: the console of the gateway. */
const CARRIED = ['apps/gateway-console'];

/** What an installation gets files of: what is published, and what that carries. */
export function shippedPackages(root: string = ROOT): readonly WorkspacePackage[] {
  const carried = CARRIED.map((directory) => ({ directory, manifest: readManifest(join(root, directory)) }));
  return [
    ...publishedPackages(root),
    ...carried.filter((found): found is WorkspacePackage => found.manifest !== null),
  ];
}

/** null: no package is there. */
export function readManifest(directory: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return null;
  }
}

/** `pnpm` of the version that the workspace names, through npx as everywhere in this repository. */
export function pnpm(args: readonly string[], cwd: string = ROOT): string {
  const { devEngines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly devEngines: { readonly packageManager: { readonly version: string } };
  };
  return run('npx', ['--yes', `pnpm@${devEngines.packageManager.version}`, ...args], cwd);
}

/** The arguments that make a pnpm command work on what is published and on nothing else. */
export function filters(packages: readonly WorkspacePackage[]): readonly string[] {
  return packages.flatMap(({ manifest }) => ['--filter', manifest.name]);
}
