import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreSettings } from '../config/gateway-config.ts';
import type { Database, Statement } from '../store/database.ts';
import { EMBEDDED_DIRECTORY } from '../store/embedded-database.ts';
import { type DatabaseRole, openDatabase } from '../store/open-database.ts';
import { StoreError } from '../store/store-error.ts';
import { askGateway } from './ask-gateway.ts';
import { CommandRefused, type CommandResult, type JsonLike, type StoreCommand } from './command.ts';
import { commandProgress } from './command-progress.ts';
import type { CliIo } from './io.ts';
import { refuseNewerSchema } from './refuse-newer-schema.ts';
import { commandSocketPath } from './socket-file.ts';

/** How long a command waits for another one that holds the embedded database. Milliseconds. */
const LOCK_WAIT_MS = 30_000;
const LOCK_RETRY_MS = 100;

/** Takes the role; says nothing. */
const PROBE: Statement = { name: 'command_probe', text: 'SELECT' };

/** The CLI has no log: what matters comes back as an error. */
const SILENT = { warn: () => undefined, error: () => undefined };

/**
 * Runs a command where the data is: on PostgreSQL from here; on the embedded database inside the gateway that
 * holds it, through its socket, or from here under the same lock where no gateway runs.
 */
export async function runStoreCommand(
  io: CliIo,
  store: StoreSettings,
  command: StoreCommand,
  input: JsonLike,
): Promise<CommandResult> {
  if (store.databaseUrl !== null) {
    return runOnPostgres(io, store, command, input);
  }
  const socket = commandSocketPath(store.dataDir);
  const giveUpAt = performance.now() + (io.lockWaitMs ?? LOCK_WAIT_MS);
  for (;;) {
    const answered = await askGateway(socket, { command: command.name, input, actor: io.actor });
    if (answered !== null) return answered;
    const db = await openUnlessLocked(store);
    if (db !== null) return runOn(io, db, command, input);
    if (performance.now() > giveUpAt) {
      throw new CommandRefused(
        'locked',
        `another process holds the embedded database in ${store.dataDir} and does not answer on its socket; stop it or wait`,
      );
    }
    // Another command, or a gateway that is starting and has not opened its socket yet.
    await sleep(LOCK_RETRY_MS);
  }
}

async function runOn(
  io: CliIo,
  db: Database,
  command: StoreCommand,
  input: JsonLike,
): Promise<CommandResult> {
  const progress = commandProgress(io);
  try {
    await refuseNewerSchema(db, command.name);
    const context = { db, now: () => io.now(), actor: io.actor, progress: progress.update };
    return await command.run(context, input);
  } finally {
    progress.stop();
    await db.close();
  }
}

/** null: somebody else holds the lock. */
async function openUnlessLocked(store: StoreSettings): Promise<Database | null> {
  // Looking must not make a database: somebody who mistypes the directory should be told.
  if (!existsSync(join(store.dataDir, EMBEDDED_DIRECTORY, 'pgdata'))) {
    throw new CommandRefused(
      'no_database',
      `there is no database in ${store.dataDir} yet: run "vectorvue-gateway migrate" or "serve", or set VV_TG_DATA_DIR or DATABASE_URL`,
    );
  }
  try {
    return await openWith(store, 'serve');
  } catch (fault) {
    if (fault instanceof StoreError && fault.code === 'locked') return null;
    throw fault;
  }
}

function openWith(store: StoreSettings, role: DatabaseRole): Promise<Database> {
  return openDatabase({
    databaseUrl: store.databaseUrl,
    dataDir: store.dataDir,
    role,
    logger: SILENT,
    poolSize: 2,
  });
}

/** A login that may only read (an auditor's, or that of retention) gets what row-level security shows it. */
async function runOnPostgres(
  io: CliIo,
  store: StoreSettings,
  command: StoreCommand,
  input: JsonLike,
): Promise<CommandResult> {
  const roles: readonly DatabaseRole[] = command.readOnly ? ['serve', 'read', 'retain'] : ['serve'];
  return runOn(io, await openAsFirst(store, command.retains ? ['retain'] : roles), command, input);
}

/** In the first of these roles that the login may take; what it lacks of the first is what it is told. */
async function openAsFirst(store: StoreSettings, roles: readonly DatabaseRole[]): Promise<Database> {
  let refusal: unknown;
  for (const role of roles) {
    const db = await openWith(store, role);
    try {
      await db.query(PROBE);
      return db;
    } catch (fault) {
      await db.close();
      if (!(fault instanceof StoreError && fault.code === 'privilege_missing')) throw fault;
      refusal ??= fault;
    }
  }
  throw refusal;
}
