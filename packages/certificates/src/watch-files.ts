import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** The net under the kernel's notices: at most this long after a change it is seen. Milliseconds. */
const POLL_MS = 1000;
/** Files that go on changing are not looked into; so long must they have been still. Milliseconds. */
const SETTLE_MS = 100;

export interface FileWatch {
  /** From now on these, instead of those before. */
  follow(paths: readonly string[]): void;
  close(): void;
}

/**
 * Calls `changed` after one of the files became another, and all have been still for a moment. What a path leads to
 * counts, not the path: a symbolic link that is set anew somewhere on the way (Kubernetes, cert-manager) and a file
 * that was renamed over another are changes, a touch of the directory is none. The kernel's notices only shorten the
 * wait: they are of one directory each, get lost on network file systems, and say nothing of a link's target.
 */
export function watchFiles(paths: readonly string[], changed: () => void): FileWatch {
  let followed: readonly string[] = [];
  let watchers: FSWatcher[] = [];
  let seen = '';
  let settling: NodeJS.Timeout | null = null;
  const settle = (last: string): void => {
    if (settling !== null) return;
    settling = setTimeout(() => {
      settling = null;
      const now = describe(followed);
      if (now !== last) settle(now);
      else if (now !== seen) {
        seen = now;
        changed();
      }
    }, SETTLE_MS);
    settling.unref();
  };
  const look = (): void => {
    const now = describe(followed);
    if (now !== seen) settle(now);
  };
  const unwatch = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  const follow = (next: readonly string[]): void => {
    const same = next.length === followed.length && next.every((path, index) => path === followed[index]);
    if (same) return;
    unwatch();
    followed = [...next];
    seen = describe(followed);
    for (const directory of new Set(followed.map((path) => dirname(path)))) {
      const watcher = notices(directory, look);
      if (watcher !== null) watchers.push(watcher);
    }
  };
  follow(paths);
  return {
    follow,
    close: () => {
      clearInterval(timer);
      if (settling !== null) clearTimeout(settling);
      unwatch();
    },
  };
}

/** null: no notices of this directory; the poll is there. */
function notices(directory: string, look: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, look);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

/** Which files these are now: device, inode, size and times change with every way of replacing one. */
export function describe(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
      } catch {
        return 'none';
      }
    })
    .join('\n');
}
