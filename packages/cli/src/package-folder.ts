import { existsSync } from 'node:fs';

/**
 * The folder, with a slash at its end, of the package in which a module lies: the nearest one upwards with a
 * package.json. The same from `src`, from `dist` and from a bundle. `from` is `import.meta.url` of the module.
 * @throws where there is none: a fault of the installation.
 */
export function packageFolder(from: string): URL {
  for (let folder = new URL('./', from); ; ) {
    if (existsSync(new URL('package.json', folder))) return folder;
    const above = new URL('../', folder);
    if (above.href === folder.href) throw new Error('this program lies in no package');
    folder = above;
  }
}
