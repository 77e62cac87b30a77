import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { CommandRefused } from './command.ts';

export interface ReservedFile {
  /** Writes the content; without one the file goes away again. */
  finish(content: string | undefined): void;
}

/**
 * Opens the file of `--out` before the command does anything, so that a command which is done always has its
 * answer on disk. Never over something that is there: the name may be a slip of the hand, or a link that
 * somebody has laid.
 */
export function reserveFile(path: string): ReservedFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o644);
  } catch {
    throw new CommandRefused('out_file', `${path} cannot be made (it must not exist yet); nothing was done`);
  }
  return {
    finish(content) {
      if (content !== undefined) {
        writeSync(descriptor, content);
        fsyncSync(descriptor);
      }
      closeSync(descriptor);
      if (content === undefined) unlinkSync(path);
    },
  };
}
