import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite, type QueryOptions } from '@electric-sql/pglite';
import type { Database, Queryable, SqlValue, Statement } from './database.ts';
import { DUMP, type HasDump } from './dump-seam.ts';
import { type EmbeddedLock, takeEmbeddedLock } from './embedded-lock.ts';
import { type HasLoginSession, LOGIN_SESSION, type LoginSession } from './login-session.ts';
import type { OpenDatabaseOptions } from './open-database.ts';
import { roleName } from './postgres-connection.ts';
import { COLUMN_READERS } from './sql-columns.ts';
import { toWireParameter } from './sql-parameters.ts';
import { ConnectionLostError, isRolledBack, StoreError } from './store-error.ts';

/** Below the data directory; everything of the embedded database, its lock included. */
export const EMBEDDED_DIRECTORY = 'embedded';

/** `-F` (fsync off) is PGlite's default; this asks for the durability that WASM files can give. */
const DURABLE = ['-c', 'fsync=on', '-c', 'wal_sync_method=open_datasync', '-c', 'timezone=UTC'];

export const START_PARAMETERS: readonly string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...DURABLE,
];

/** Parameters are in their wire form already, and columns are read by the readers that pg uses too. */
const QUERY: QueryOptions = {
  parsers: COLUMN_READERS,
  serializers: new Proxy({}, { get: () => (value: unknown) => value }),
};

export async function openEmbedded(options: OpenDatabaseOptions): Promise<Database> {
  const directory = join(options.dataDir, EMBEDDED_DIRECTORY);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Ours alone: evidence and audit are for nobody else on the machine. The data directory's mode is its owner's.
    chmodSync(directory, 0o700);
  } catch (error) {
    throw new StoreError('data_directory', `cannot make the data directory ${directory}`, { cause: error });
  }
  const lock = takeEmbeddedLock(directory);
  try {
    const engine = await PGlite.create({
      dataDir: join(directory, 'pgdata'),
      startParams: [...START_PARAMETERS],
    });
    await engine.exec('SET search_path = federation');
    return new EmbeddedDatabase(engine, lock, options);
  } catch (error) {
    lock.release();
    throw new StoreError('data_directory', `cannot open the embedded database in ${directory}`, {
      cause: error,
    });
  }
}

class EmbeddedDatabase implements Database, HasLoginSession, HasDump {
  readonly kind = 'embedded';
  readonly #engine: PGlite;
  readonly #lock: EmbeddedLock;
  readonly #role: string;
  readonly #mayBeLogin: boolean;
  #roleSet = false;
  #tail: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(engine: PGlite, lock: EmbeddedLock, options: OpenDatabaseOptions) {
    this.#engine = engine;
    this.#lock = lock;
    this.#role = roleName(options.role);
    this.#mayBeLogin = options.role === 'migrate';
  }

  query<Row extends object>(
    statement: Statement,
    parameters: readonly SqlValue[] = [],
  ): Promise<readonly Row[]> {
    return this.#inTurn(async () => {
      await this.#takeRole();
      return this.#run<Row>(statement, parameters);
    });
  }

  transaction<Value>(work: (tx: Queryable) => Promise<Value>): Promise<Value> {
    return this.#inTurn(async () => {
      await this.#takeRole();
      await this.#script('BEGIN');
      try {
        const value = await work({ query: (statement, parameters = []) => this.#run(statement, parameters) });
        await this.#script('COMMIT');
        return value;
      } catch (error) {
        await this.#script('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    const stop = await this.#inTurn(() => this.#engine.listen(channel, onNotify));
    return async () => {
      if (this.#closing === null) await this.#inTurn(() => stop());
    };
  }

  close(): Promise<void> {
    // Behind whatever is still running; afterwards nothing more gets its turn.
    this.#closing ??= this.#inTurn(async () => {
      try {
        await this.#engine.close();
      } finally {
        this.#lock.release();
      }
    });
    return this.#closing;
  }

  [DUMP](): Promise<Blob> {
    return this.#inTurn(async () => {
      // Only the owner may ask for a checkpoint; the next statement takes the role again.
      await this.#script('RESET ROLE; CHECKPOINT');
      this.#roleSet = false;
      return this.#engine.dumpDataDir('gzip');
    });
  }

  [LOGIN_SESSION]<Value>(work: (session: LoginSession) => Promise<Value>): Promise<Value> {
    return this.#inTurn(async () => {
      await this.#script('RESET ROLE');
      this.#roleSet = false;
      try {
        return await work({
          query: (statement, parameters = []) => this.#run(statement, parameters),
          script: (text) => this.#script(text),
        });
      } catch (error) {
        await this.#script('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** One at a time: the engine has a single connection, and a transaction must not be entered by others. */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closing !== null) {
      return Promise.reject(new StoreError('unavailable', 'the embedded database is closed'));
    }
    const turn = this.#tail.then(work);
    // The engine computes on the event loop and never leaves it between two statements: without a turn for the others, what
    // waits here would go down in one piece, and requests, timers and the loop's guard would see a loop that stands still.
    this.#tail = turn.catch(() => undefined).then(() => nextTurn());
    return turn;
  }

  async #takeRole(): Promise<void> {
    if (this.#roleSet) return;
    const { rows } = await this.#engine.query('SELECT FROM pg_roles WHERE rolname = $1', [this.#role]);
    if (rows.length > 0) {
      await this.#script(`SET ROLE ${this.#role}`);
      this.#roleSet = true;
    } else if (!this.#mayBeLogin) {
      throw new StoreError(
        'schema_missing',
        'the embedded database has no schema yet: run "vectorvue-gateway migrate"',
      );
    }
  }

  async #run<Row extends object>(
    statement: Statement,
    parameters: readonly SqlValue[],
  ): Promise<readonly Row[]> {
    const values = parameters.map(toWireParameter);
    try {
      const result = await this.#engine.query<Row>(statement.text, values, QUERY);
      return result.rows;
    } catch (error) {
      throw judge(error);
    }
  }

  async #script(text: string): Promise<void> {
    try {
      await this.#engine.exec(text);
    } catch (error) {
      throw judge(error);
    }
  }
}

function judge(error: unknown): unknown {
  if (error instanceof StoreError || isRolledBack(error)) return error;
  return new ConnectionLostError({ pid: 0, startedAt: '' }, error);
}
