import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT, readManifest, type WorkspacePackage } from './workspace.ts';

/** Files that nobody needs who installs, and that would say something about the machine that built. */
const UNWANTED =
  /(?:^|\/)(?:tests?|src|src-bin|scripts|\.turbo|node_modules)\/|\.(?:map|test\.js|tsbuildinfo|env|pem)$/;

/** What is wrong with the packages as they lie in `node_modules`. Faults in words; none: right. */
export function inspectInstalled(project: string, packages: readonly WorkspacePackage[]): readonly string[] {
  return packages.flatMap(({ manifest }) => {
    const directory = join(project, 'node_modules', ...manifest.name.split('/'));
    return inspect(directory, manifest.name).map((fault) => `${manifest.name}: ${fault}`);
  });
}

function inspect(directory: string, name: string): readonly string[] {
  const manifest = readManifest(directory);
  if (manifest === null) return ['it is not installed'];
  const faults: string[] = [];
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry: Dirent) => relative(directory, join(entry.parentPath, entry.name)));
  for (const wanted of ['README.md', 'LICENSE']) {
    if (!files.includes(wanted)) faults.push(`${wanted} is not in it`);
  }
  // npm puts what it could not share below a package of ours; that is not what was packed.
  for (const file of files.filter((file) => !file.startsWith('node_modules/'))) {
    if (UNWANTED.test(file)) faults.push(`${file} should not be in it`);
    if (namesThisMachine(readFileSync(join(directory, file), 'utf8')))
      faults.push(`${file} names this machine`);
  }
  for (const [needed, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
  })) {
    if (!/^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/.test(version)) faults.push(`${needed} is wanted as ${version}`);
  }
  for (const target of targets(manifest)) {
    if (!files.includes(target.replace(/^\.\//, ''))) faults.push(`${target} is named and not there`);
  }
  if (manifest.name !== name) faults.push(`it calls itself ${manifest.name}`);
  return faults;
}

function targets(manifest: NonNullable<ReturnType<typeof readManifest>>): readonly string[] {
  const entries = Object.values(manifest.exports ?? {}).flatMap(({ types, default: code }) => [types, code]);
  return [...entries, ...Object.values(manifest.bin ?? {})].filter((path) => path !== undefined);
}

function namesThisMachine(text: string): boolean {
  const home = userInfo().homedir;
  return text.includes(ROOT) || (home.length > 5 && text.includes(`${home}/`));
}
