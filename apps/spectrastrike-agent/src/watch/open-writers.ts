import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

/** O_WRONLY and O_RDWR; 0 is O_RDONLY. */
const ACCESS_MODE = 0o3;

export function fileKey(stats: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stats.dev}:${stats.ino}`;
}

/**
 * The files among `wanted` that some process has open for writing. A scanner may be silent for minutes between two lines
 * of its report: that nothing changes does not mean that it is done. Linux only (/proc), and only processes that this
 * user may look into: those of other users, and of other machines on a network file system, cannot be seen.
 */
export async function openForWriting(wanted: ReadonlySet<string>, proc = '/proc'): Promise<Set<string>> {
  const open = new Set<string>();
  for (const pid of names(proc)) {
    if (!/^[0-9]+$/.test(pid)) continue;
    // Small synchronous calls: some thousand asynchronous ones take a second. Others have their turn in between.
    await turn();
    for (const fd of names(join(proc, pid, 'fd'))) {
      const key = keyOf(join(proc, pid, 'fd', fd));
      if (key === null || !wanted.has(key) || open.has(key)) continue;
      if (writes(join(proc, pid, 'fdinfo', fd))) open.add(key);
    }
  }
  return open;
}

/** Processes come and go, and some may not be looked into: both are no entries. */
function names(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

/** null for what is no file: a socket, a pipe. */
function keyOf(path: string): string | null {
  const target = attempt(() => readlinkSync(path));
  if (target === null || !target.startsWith('/')) return null;
  return attempt(() => fileKey(statSync(path, { bigint: true })));
}

function writes(path: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(attempt(() => readFileSync(path, 'utf8')) ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
