/**
 * For `node --import`: what the workspace packages export is taken from `src` instead of `dist`, so that a change of a
 * package is seen without a build. Only the file is another one; what may be imported is still what `exports` says.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const BUILT = new RegExp(`^(${new URL('../../packages/', import.meta.url).href}[^/]+/)dist/(.*)\\.js$`);

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const found = BUILT.exec(resolved.url);
    if (found === null) return resolved;
    const source = `${found[1]}src/${found[2]}.ts`;
    return existsSync(fileURLToPath(source))
      ? { ...resolved, url: source, format: 'module-typescript' }
      : resolved;
  },
});
