import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

/** What a bundler for browsers would pull in, found by walking the built import graph. */

const root = fileURLToPath(new URL('../', import.meta.url));

interface Package {
  readonly imports: Readonly<Record<string, { readonly node: string; readonly default: string }>>;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Package;

interface Graph {
  readonly files: ReadonlyMap<string, string>;
  readonly external: ReadonlySet<string>;
}

/** @param condition which side of the conditional imports is taken. */
function walk(entry: string, condition: 'node' | 'default'): Graph {
  const files = new Map<string, string>();
  const external = new Set<string>();
  const waiting = [new URL(entry, `file://${root}`).pathname];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) {
      continue;
    }
    const code = readFileSync(path, 'utf8');
    files.set(path, code);
    const found = code.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g);
    for (const [, specifier = ''] of found) {
      const internal = manifest.imports[specifier];
      if (internal !== undefined) {
        waiting.push(new URL(internal[condition], `file://${root}`).pathname);
      } else if (specifier.startsWith('.')) {
        waiting.push(new URL(specifier, `file://${path}`).pathname);
      } else {
        external.add(specifier);
      }
    }
  }
  return { files, external };
}

/** Names that exist in Node only. What this does not catch: a global reached through globalThis[...]. */
const NODE_GLOBALS = /\b(?:Buffer|process|require|__dirname|__filename|setImmediate)\b/;

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

describe('every entry point, as a browser sees it', () => {
  for (const [name, { default: entry }] of Object.entries(manifest.exports)) {
    test(name, () => {
      const { files, external } = walk(entry, 'default');
      expect([...external].filter((specifier) => specifier.startsWith('node:'))).toEqual([]);
      for (const [path, code] of files) {
        expect(path).not.toMatch(/-node\.js$/);
        expect([path.slice(root.length), NODE_GLOBALS.exec(withoutComments(code))]).toEqual([
          path.slice(root.length),
          null,
        ]);
      }
      const packages = [...external].map((specifier) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      );
      expect(packages.filter((dependency) => manifest.dependencies[dependency] === undefined)).toEqual([]);
    });
  }
});

test('the walk sees what it should: on the node side there are node modules', () => {
  const { files, external } = walk('./dist/index.js', 'node');
  expect([...external].filter((specifier) => specifier.startsWith('node:'))).toEqual(['node:crypto']);
  expect([...files.keys()].filter((path) => path.endsWith('-node.js')).sort()).toEqual([
    `${root}dist/digest-node.js`,
    `${root}dist/ed25519-node.js`,
  ]);
});
