import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The real data and vectors in `../shared`, a directory next to the repository which is not part of it.
 * Tests that need it run where it is and are visibly skipped where it is not.
 */
const repositoryRoot = findRepositoryRoot(dirname(fileURLToPath(import.meta.url)));

/** The path of a file or directory in `../shared`, or null when it is not there. */
export function sharedPath(...parts: string[]): string | null {
  if (repositoryRoot === null) return null;
  const path = join(repositoryRoot, '..', 'shared', ...parts);
  return existsSync(path) ? path : null;
}

/**
 * `describe` where `../shared` exists; elsewhere one skipped test that says what is missing, so that the count of
 * skipped tests shows it. Needs the global functions of Jest. `shared` is given by tests of this function only.
 */
export function describeWithShared(
  name: string,
  define: (shared: string) => void,
  shared: string | null = sharedPath(),
): void {
  const { describe, test } = globalThis as unknown as JestGlobals;
  if (shared !== null) {
    describe(name, () => define(shared));
    return;
  }
  describe(name, () => test.skip('needs ../shared', () => {}));
}

// Taken from the global object: importing @jest/globals outside Jest throws, and scripts import this package.
interface JestGlobals {
  describe(name: string, define: () => void): void;
  test: { skip(name: string, run: () => void): void };
}

/** The nearest directory above with a pnpm workspace file, so that it works from src, dist and a link alike. */
function findRepositoryRoot(from: string): string | null {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, 'pnpm-workspace.yaml'))) return at;
    if (dirname(at) === at) return null;
  }
}
