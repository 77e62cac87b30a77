import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type DatabaseRole, openDatabase, type StoreLogger } from '../../src/store/open-database.ts';
import { prepareMigrated } from '../support/prepare-migrated.ts';

export interface LogLine {
  readonly level: 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps what it is given. */
export function keepingLogger(): StoreLogger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return {
    lines,
    warn: (message, fields = {}) => lines.push({ level: 'warn', message, fields }),
    error: (message, fields = {}) => lines.push({ level: 'error', message, fields }),
  };
}

/** One migrated store of a test file, and what a test may do to it that the gateway may not. */
export interface TestStore {
  readonly kind: Database['kind'];
  /** Opened as serve. */
  readonly db: Database;
  readonly logger: ReturnType<typeof keepingLogger>;
  /** Another pool on the same database; on the embedded one, which has one connection, the same database. */
  another(role?: DatabaseRole): Promise<Database>;
  /** Statements with the owner's rights: to tamper, and to look. */
  asOwner(text: string): Promise<void>;
  /** null: embedded. */
  readonly url: string | null;
}

export function openTest(
  url: string | null,
  dataDir: string,
  role: DatabaseRole,
  logger: StoreLogger,
): Promise<Database> {
  return openDatabase({ databaseUrl: url, dataDir, role, logger });
}

/** Runs the same suite on both kinds. Tests keep apart by ids of their own; the store is shared by the file. */
export function forEachStore(
  name: string,
  suite: (store: () => TestStore, onPostgres: OnPostgres) => void,
): void {
  describe.each(['embedded', 'postgres'] as const)(`${name} (%s)`, (kind) => {
    let store: TestStore | null = null;
    let closing: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      const logger = keepingLogger();
      const directory = temporaryDirectory(`store-${kind}`);
      closing = [async () => directory.remove()];
      const url = kind === 'postgres' ? await freshDatabase(closing, logger) : null;
      if (url === null) await prepareMigrated(directory.path);
      const db = await openTest(url, directory.path, 'serve', logger);
      closing.push(() => db.close());
      await migrate(db);
      store = {
        kind,
        db,
        logger,
        url,
        async another(role = 'serve') {
          if (url === null) return db;
          const other = await openTest(url, directory.path, role, logger);
          closing.push(() => other.close());
          return other;
        },
        asOwner: (text) => withLoginSession(db, (session) => session.script(text)),
      };
    });

    afterAll(async () => {
      for (const close of closing.reverse()) await close();
    });

    suite(() => {
      if (store === null) throw new Error('the store did not open');
      return store;
    }, onPostgresOf(kind));
  });
}

/** Registers a test on PostgreSQL alone: one that needs a second connection, which the embedded database has not. */
export type OnPostgres = (name: string, work: () => Promise<void>) => void;

// Not registered, rather than returned from early: a test that did nothing must not count as passed.
function onPostgresOf(kind: TestStore['kind']): OnPostgres {
  return (name, work) => {
    if (kind === 'postgres') test(name, work);
  };
}

/**
 * A database on a server of the file's own; or, where VV_TEST_POSTGRES_URL names a superuser of another server (an
 * older version, say), on that one, and it is left there.
 */
async function freshDatabase(closing: (() => Promise<unknown>)[], logger: StoreLogger): Promise<string> {
  const external = process.env.VV_TEST_POSTGRES_URL;
  if (external === undefined) {
    const server = await startPostgres({ fast: true });
    closing.push(() => server.stop());
    return server.createDatabase();
  }
  const url = new URL(external);
  const name = `contract_${randomUUID().replaceAll('-', '')}`;
  const admin = await openTest(external, '', 'migrate', logger);
  await withLoginSession(admin, (session) => session.script(`CREATE DATABASE ${name}`));
  await admin.close();
  url.pathname = `/${name}`;
  return url.href;
}

let named = 0;

/** Rows of an ad hoc query of a test. */
export function rowsOf<Row extends object>(
  db: Pick<Database, 'query'>,
  text: string,
  parameters: Parameters<Database['query']>[1] = [],
): Promise<readonly Row[]> {
  named += 1;
  return db.query<Row>({ name: `test_${named}`, text }, parameters);
}

export async function countOf(
  db: Pick<Database, 'query'>,
  from: string,
  parameters: Parameters<Database['query']>[1] = [],
): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(db, `SELECT count(*) AS n FROM ${from}`, parameters);
  return row?.n ?? -1;
}
