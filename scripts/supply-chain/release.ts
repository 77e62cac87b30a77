/**
 * `node scripts/supply-chain/release.ts --tag v1.2.3 --repository URL --out FOLDER`: what the release workflow publishes.
 * Refuses a tag that is not the version of every published package; writes the repository into their manifests, which npm
 * compares with the place that signs the provenance (so it changes the working tree: for a checkout that is thrown away);
 * packs; and writes `order.txt`, in which a package comes after those that it needs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { manifestFaults, packAll } from './pack.ts';
import { publishedPackages, ROOT, type WorkspacePackage } from './workspace.ts';

/** Names, each after the ones that it depends on. Throws for a circle. */
export function publishOrder(packages: readonly WorkspacePackage[]): readonly string[] {
  const left = new Map(packages.map(({ manifest }) => [manifest.name, manifest]));
  const order: string[] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter((manifest) =>
      Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).every(
        (name) => !left.has(name),
      ),
    );
    if (ready.length === 0) throw new Error(`these need each other: ${[...left.keys()].join(', ')}`);
    for (const { name } of ready) {
      order.push(name);
      left.delete(name);
    }
  }
  return order;
}

/** Why these packages cannot be released under this tag, in words; none: they can. */
export function tagFaults(tag: string, packages: readonly WorkspacePackage[]): readonly string[] {
  return packages
    .filter(({ manifest }) => tag !== `v${manifest.version}`)
    .map(({ manifest }) => `${manifest.name} has version ${manifest.version}, the tag is ${tag}`);
}

function nameRepository({ directory }: WorkspacePackage, repository: string): void {
  const path = join(ROOT, directory, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as object;
  const named = { ...manifest, repository: { type: 'git', url: `git+${repository}.git`, directory } };
  writeFileSync(path, `${JSON.stringify(named, null, 2)}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { tag: { type: 'string' }, repository: { type: 'string' }, out: { type: 'string' } },
  });
  const { tag = '', repository = '', out = '' } = values;
  if (!/^https:\/\/\S+$/.test(repository) || out === '')
    throw new Error('--tag, --repository and --out are needed');
  const packages = publishedPackages();
  const faults = [...tagFaults(tag, packages), ...manifestFaults(packages)];
  for (const fault of faults) console.error(`release: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else {
    for (const found of packages) nameRepository(found, repository);
    const tarballs = packAll(join(process.cwd(), out)).map((path) => basename(path));
    const order = publishOrder(packages).map((name) => {
      const prefix = `${name.replace('@', '').replace('/', '-')}-`;
      const tarball = tarballs.find(
        (file) => file.startsWith(prefix) && /^\d/.test(file.slice(prefix.length)),
      );
      if (tarball === undefined) throw new Error(`${name} was not packed`);
      return tarball;
    });
    writeFileSync(join(process.cwd(), out, 'order.txt'), `${order.join('\n')}\n`);
    console.log(order.join('\n'));
  }
}
