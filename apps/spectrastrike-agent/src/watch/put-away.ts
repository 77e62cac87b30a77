import {
  type BigIntStats,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { extname, join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { isSameFile } from './look-at-folder.ts';

export type Outcome = 'done' | 'failed';

/** Why a report is in `failed/`; written beside it as `NAME.reason.json`. */
export interface Reason {
  readonly code: string;
  readonly file: string;
  /** Where in the report the first fault is; `file` where it is the file itself. */
  readonly position: string;
  readonly expectation: string;
  readonly taken: number;
  readonly known: number;
  readonly refused: number;
  /** Records that are no findings, by why. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly code?: string; readonly where: string; readonly expected: string }[];
  readonly report_sha256: string | null;
  readonly format: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** Makes `done/` and `failed/`. Throws where one is there and is no directory, or a link to somewhere else. */
export function prepareFolder(folder: string): void {
  for (const name of ['done', 'failed'] satisfies Outcome[]) {
    const path = join(folder, name);
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
      if (!lstatSync(path).isDirectory()) throw new Error(`${path} is no directory`);
    }
  }
}

/**
 * Moves a report out of the watched folder, without replacing what an earlier one of that name left. The reason is
 * written before the file moves: killed in between, the file is still there, and is taken again.
 *
 * A producer may put another file under the name at the last moment; what a rename moved is therefore looked at again,
 * and a stranger goes back. false: that happened, and the new one is to be taken like any other.
 */
export function putAway(
  folder: string,
  name: string,
  stats: BigIntStats,
  outcome: Outcome,
  reason: Reason | null,
): boolean {
  const directory = join(folder, outcome);
  const free = freeName(directory, name);
  const target = join(directory, free);
  if (reason !== null) writeReason(directory, `${free}.reason.json`, reason);
  renameSync(join(folder, name), target);
  const moved = lstatSync(target, { bigint: true });
  // No fsync of the directories: a move that a power loss undoes is made again, and its events are known.
  if (isSameFile(moved, stats)) return true;
  giveBack(folder, name, target);
  if (reason !== null) unlinkSync(join(directory, `${free}.reason.json`));
  return false;
}

/**
 * `report.xml`, `report.1.xml`, …: the first that is free; this agent alone writes there. A reason without its report is
 * what a kill between the two left, and is written anew.
 */
function freeName(directory: string, name: string): string {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? name : `${stem}.${number}${extension}`;
    if (isFree(join(directory, candidate))) return candidate;
  }
}

function isFree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

/** By a link, which replaces nothing: if a third file has the name by now, this one gets a number. */
function giveBack(folder: string, name: string, target: string): void {
  for (let number = 0; ; number++) {
    try {
      linkSync(target, join(folder, number === 0 ? name : `${number}-${name}`));
      break;
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
    }
  }
  unlinkSync(target);
}

/** Whole or not at all: temporary file, fsync, rename. */
function writeReason(directory: string, name: string, reason: Reason): void {
  const temporary = join(directory, `.${name}.tmp`);
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, `${JSON.stringify(reason, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, join(directory, name));
}
