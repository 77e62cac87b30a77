import pg from 'pg';
import type { Database, Queryable, SqlValue, Statement } from './database.ts';
import { type HasLoginSession, LOGIN_SESSION, type LoginSession } from './login-session.ts';
import {
  type ConnectionState,
  clientConfig,
  greet,
  type PostgresOptions,
  reason,
  takeRole,
} from './postgres-connection.ts';
import { listenOnPostgres } from './postgres-listen.ts';
import { toWireParameter } from './sql-parameters.ts';
import { ConnectionLostError, isRolledBack, StoreError } from './store-error.ts';

/** Opens a pool and proves with one connection that the server is there and new enough. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const database = new PostgresDatabase(options);
  try {
    await database[LOGIN_SESSION](async () => undefined);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

class PostgresDatabase implements Database, HasLoginSession {
  readonly kind = 'postgres';
  readonly #options: PostgresOptions;
  readonly #pool: pg.Pool;
  readonly #states = new WeakMap<pg.PoolClient, ConnectionState>();
  readonly #listeners = new Set<() => Promise<void>>();
  #closing: Promise<void> | null = null;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      ...clientConfig(options),
      max: options.poolSize ?? 10,
      idleTimeoutMillis: 60_000,
    });
    // An idle connection that the server ends is reported here; without a listener it would end the process.
    this.#pool.on('error', (error) => this.#lost(error));
  }

  async query<Row extends object>(
    statement: Statement,
    parameters: readonly SqlValue[] = [],
  ): Promise<readonly Row[]> {
    return this.#use(true, (client, state) => run<Row>(client, state, statement, parameters));
  }

  async transaction<Value>(work: (tx: Queryable) => Promise<Value>): Promise<Value> {
    return this.#use(true, async (client, state) => {
      await script(client, state, 'BEGIN');
      const value = await work({
        query: (statement, parameters = []) => run(client, state, statement, parameters),
      });
      await script(client, state, 'COMMIT');
      return value;
    });
  }

  async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    const stop = await listenOnPostgres(this.#options, channel, onNotify);
    const forget = async () => {
      this.#listeners.delete(forget);
      await stop();
    };
    this.#listeners.add(forget);
    return forget;
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([...this.#listeners].map((stop) => stop()));
      await this.#pool.end();
    })();
    return this.#closing;
  }

  async [LOGIN_SESSION]<Value>(work: (session: LoginSession) => Promise<Value>): Promise<Value> {
    return this.#use(false, async (client, state) => {
      await script(client, state, 'RESET ROLE');
      state.roleSet = false;
      return work({
        query: (statement, parameters = []) => run(client, state, statement, parameters),
        script: (text) => script(client, state, text),
      });
    });
  }

  /** A connection for as long as the work takes. Whatever fails, it never returns to the pool half-way through. */
  async #use<Value>(
    inRole: boolean,
    work: (client: pg.PoolClient, state: ConnectionState) => Promise<Value>,
  ): Promise<Value> {
    const [client, state] = await this.#acquire(inRole);
    let broken: Error | true | undefined;
    try {
      return await work(client, state);
    } catch (error) {
      broken = true;
      if (!(error instanceof ConnectionLostError)) {
        // ROLLBACK is harmless outside a transaction (a warning), and proves that the connection still answers.
        broken = await client.query('ROLLBACK').then(
          () => undefined,
          () => true as const,
        );
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Everything that fails in here has sent no statement of the caller's: it is `unavailable`, and known unwritten. */
  async #acquire(inRole: boolean): Promise<[pg.PoolClient, ConnectionState]> {
    let client: pg.PoolClient | null = null;
    try {
      client = await this.#pool.connect();
      let state = this.#states.get(client);
      if (state === undefined) {
        client.on('error', (error) => this.#lost(error));
        state = await greet(client, this.#options);
        this.#states.set(client, state);
      }
      if (inRole && !state.roleSet) state.roleSet = await takeRole(client, this.#options.role);
      return [client, state];
    } catch (error) {
      client?.release(true);
      if (error instanceof StoreError) throw error;
      throw new StoreError('unavailable', `the database cannot be reached (${reason(error)})`, {
        cause: error,
      });
    }
  }

  #lost(error: Error): void {
    this.#options.logger.warn('store.connection_lost', { reason: reason(error) });
  }
}

async function run<Row extends object>(
  client: pg.ClientBase,
  state: ConnectionState,
  statement: Statement,
  parameters: readonly SqlValue[],
): Promise<readonly Row[]> {
  const values = parameters.map(toWireParameter);
  try {
    const result = await client.query<Row>({ name: statement.name, text: statement.text, values });
    return result.rows;
  } catch (error) {
    throw judge(error, state);
  }
}

async function script(client: pg.ClientBase, state: ConnectionState, text: string): Promise<void> {
  try {
    await client.query(text);
  } catch (error) {
    throw judge(error, state);
  }
}

function judge(error: unknown, state: ConnectionState): unknown {
  if (error instanceof StoreError || isRolledBack(error)) return error;
  return new ConnectionLostError(state.backend, error);
}
