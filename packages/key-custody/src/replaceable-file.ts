import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A way for others than its owner to put something else in the place of a file. */
export interface Replaceable {
  /** The file, or a directory whose entries can be exchanged. */
  readonly path: string;
  /** `0777`, for people. */
  readonly mode: string;
  /** Every user of this machine; false: those of a group. */
  readonly byEverybody: boolean;
}

const GROUP_MAY_WRITE = 0o020;
const EVERYBODY_MAY_WRITE = 0o002;
/** In such a directory nobody exchanges what is not theirs. */
const STICKY = 0o1000;

/**
 * Who may write a file, or the directory that it lies in, decides what is read there, whatever the file's own mode
 * keeps secret. Looks at both ends of a symbolic link. null: nobody but the owner may, or it cannot be looked at.
 */
export function replaceableFile(path: string): Replaceable | null {
  try {
    const real = realpathSync(path);
    const directories = [...new Set([dirname(path), dirname(real)])];
    const found = [judge(real, false), ...directories.map((directory) => judge(directory, true))];
    return found.find((one) => one?.byEverybody) ?? found.find((one) => one !== null) ?? null;
  } catch {
    return null;
  }
}

function judge(path: string, isDirectory: boolean): Replaceable | null {
  const { mode } = statSync(path);
  if ((mode & (GROUP_MAY_WRITE | EVERYBODY_MAY_WRITE)) === 0) return null;
  if (isDirectory && (mode & STICKY) !== 0) return null;
  return {
    path,
    mode: (mode & 0o7777).toString(8).padStart(4, '0'),
    byEverybody: (mode & EVERYBODY_MAY_WRITE) !== 0,
  };
}
