/**
 * Writes `build.json` into the package in whose directory it is run: the commit that is built, for `--version`, the
 * ready line and the metrics. A step of its own that is never cached: the commit is no input of the build, which
 * stays the same bytes for the same sources. Without git (a source archive) a file that is there is left alone.
 *
 * `--commit HEX` names it where there is no repository, for example in a container.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const FILE = 'build.json';

function git(...args: string[]): string | null {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

function commitOfTree(): string | null {
  const head = git('rev-parse', 'HEAD');
  if (head === null) return null;
  // Of tracked files only: what lies about beside them is in no build. A release names itself in the manifests.
  const changed = git(
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--',
    ':(top)',
    ':(top,exclude)**/package.json',
  );
  return changed === '' ? head : `${head}-modified`;
}

function main(args: readonly string[]): number {
  const given = args[0] === '--commit' ? args[1] : undefined;
  if (given !== undefined && !/^[0-9a-f]{40}$/.test(given)) {
    console.error('write-build: --commit takes 40 hex digits');
    return 2;
  }
  const commit = given ?? commitOfTree();
  if (commit === null && existsSync(FILE)) return 0;
  const text = `${JSON.stringify({ commit: commit ?? 'unknown' })}\n`;
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) writeFileSync(FILE, text);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
