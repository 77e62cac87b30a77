import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Result, reject } from '@nyxera/federation-protocol';
import { STATE_FILE, type State } from './open-state.ts';
import { preparePrivateDirectory, preparePrivateFile } from './private-files.ts';
import { asStateFault, StateFault } from './state-fault.ts';

export interface StateCopy {
  readonly bytes: number;
  /** Intents in the chain of the copy, which was verified from its beginning. */
  readonly intents: number;
}

/** Walks the chain of intents of a database; injected, because the walk belongs to the command that verifies. */
export type VerifyIntents = (db: DatabaseSync) => Result<number>;

/**
 * Copies the state into a file that must not be there, as it is at one moment, while others read and write. The copy is
 * of mode 0600 from its first byte, checked (SQLite's integrity check and the chain of intents), synced, and has its name
 * only when it is whole. Rejection: `audit_fork_detected`. Throws StateFault.
 */
export function backupState(state: State, file: string, verify: VerifyIntents): Result<StateCopy> {
  if (existsSync(file)) throw new StateFault('state_unusable', `${file} is there already; give a new name`);
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  preparePrivateFile(partial);
  try {
    state.db.prepare('VACUUM INTO ?').run(partial);
    const checked = checkCopy(partial, verify);
    if (!checked.ok) return checked;
    settle(partial, file);
    return checked;
  } catch (error) {
    throw asStateFault(error, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * Puts a backup where the state of a data directory belongs; there must be none. Checked before and written like
 * `backupState`. Rejection: `audit_fork_detected`. Throws StateFault.
 */
export function restoreState(dataDir: string, file: string, verify: VerifyIntents): Result<StateCopy> {
  const target = join(dataDir, STATE_FILE);
  preparePrivateDirectory(dataDir);
  for (const name of [target, `${target}-wal`, `${target}-shm`]) {
    if (existsSync(name)) {
      throw new StateFault(
        'state_unusable',
        `${name} is there: move the old state away first, its -wal and -shm too`,
      );
    }
  }
  if (!existsSync(file)) throw new StateFault('state_unusable', `${file} is not there`);
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  preparePrivateFile(partial);
  try {
    // Into the file that is 0600 already.
    copyFileSync(file, partial, constants.COPYFILE_FICLONE);
    const checked = checkCopy(partial, verify);
    if (checked.ok) settle(partial, target);
    return checked;
  } catch (error) {
    throw asStateFault(error, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

function checkCopy(path: string, verify: VerifyIntents): Result<StateCopy> {
  const db = new DatabaseSync(path, { readOnly: true, enableDoubleQuotedStringLiterals: false });
  try {
    const [row] = db.prepare('PRAGMA integrity_check(1)').all();
    if (row?.integrity_check !== 'ok') {
      throw new StateFault('state_corrupt', `${path}: SQLite's integrity check finds it damaged`);
    }
    const [table] = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'intents'").all();
    if (table === undefined) return reject('schema_invalid', 'the file is no state of this agent');
    const intents = verify(db);
    return intents.ok ? { ok: true, value: { bytes: statSync(path).size, intents: intents.value } } : intents;
  } finally {
    db.close();
  }
}

function settle(partial: string, file: string): void {
  sync(partial);
  renameSync(partial, file);
  sync(dirname(file));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
