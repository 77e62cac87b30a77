import { lstatSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadStoreSettings } from '../../config.ts';
import { EMBEDDED_DIRECTORY } from '../../store/embedded-database.ts';
import { takeEmbeddedLock } from '../../store/embedded-lock.ts';
import { StoreError } from '../../store/store-error.ts';
import type { CliIo } from '../io.ts';
import { commandSocketPath, inspectSocket } from '../socket-file.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

/** Where the embedded database lies: its mode, its lock, the command socket. Makes nothing. */
export function checkDataDirectory(io: CliIo): readonly Check[] {
  const store = loadStoreSettings(io.environment);
  if (!store.ok) return [skipped('data directory', 'the configuration does not say where it is')];
  if (store.value.databaseUrl !== null) return [skipped('data directory', 'not used with PostgreSQL')];
  const { dataDir } = store.value;
  const stats = look(join(dataDir, EMBEDDED_DIRECTORY));
  if (stats === null) {
    return [
      warning(
        'data directory',
        `${dataDir} holds no database yet`,
        'run migrate or serve, or set VV_TG_DATA_DIR',
      ),
    ];
  }
  return [modeCheck(dataDir, stats), lockCheck(dataDir), socketCheck(dataDir)];
}

function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function modeCheck(dataDir: string, stats: Stats): Check {
  if ((stats.mode & 0o077) !== 0) {
    return faulty('data directory', `others may enter ${dataDir}/${EMBEDDED_DIRECTORY}`, 'chmod it to 0700');
  }
  return ok('data directory', dataDir);
}

function lockCheck(dataDir: string): Check {
  const directory = join(dataDir, EMBEDDED_DIRECTORY);
  try {
    // An existing lock file only: looking must not leave a new one with our ownership behind.
    lstatSync(join(directory, 'lock.sqlite'));
    takeEmbeddedLock(directory).release();
    return ok('data directory lock', 'free');
  } catch (fault) {
    if (fault instanceof StoreError && fault.code === 'locked')
      return ok('data directory lock', 'held by a running process');
    return warning('data directory lock', 'cannot be looked at', 'run as the user of the gateway');
  }
}

function socketCheck(dataDir: string): Check {
  try {
    const found = inspectSocket(commandSocketPath(dataDir));
    return ok('command socket', found === 'ours' ? 'there, 0600' : 'absent: the gateway is not running');
  } catch (fault) {
    return faulty(
      'command socket',
      fault instanceof Error ? fault.message : 'refused',
      'remove it, and find out who made it',
    );
  }
}
