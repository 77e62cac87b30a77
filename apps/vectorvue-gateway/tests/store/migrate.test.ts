import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { checkSchema, planMigrations } from '../../src/store/check-schema.ts';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { migrate, migrationLabel } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import { type DatabaseRole, openDatabase } from '../../src/store/open-database.ts';
import { keepingLogger, rowsOf } from './stores.ts';

const ALL = MIGRATIONS.map(migrationLabel);
const LAST = MIGRATIONS.length;

function next(sql: string, name = 'next', oldestProgram?: number): readonly Migration[] {
  const may = oldestProgram === undefined ? {} : { oldestProgram };
  return [...MIGRATIONS, { id: LAST + 1, name, plan: 'For a test.', as: 'migrate', sql, ...may }];
}

describe('migrations on PostgreSQL', () => {
  let server: PostgresServer;
  const open: Database[] = [];

  const fresh = async (role: DatabaseRole = 'migrate', url?: string): Promise<Database> => {
    const db = await openDatabase({
      databaseUrl: url ?? (await server.createDatabase()),
      dataDir: '',
      role,
      logger: keepingLogger(),
    });
    open.push(db);
    return db;
  };

  beforeAll(async () => {
    server = await startPostgres({ fast: true });
  });
  afterAll(async () => {
    for (const db of open) await db.close();
    await server.stop();
  });

  test('are applied once, in order, and recorded with both times', async () => {
    const db = await fresh();
    const steps: [number, number][] = [];
    const progress = (done: number, total: number) => steps.push([done, total]);
    expect(await migrate(db, { progress })).toEqual({ applied: ALL });
    expect(steps).toEqual([...ALL, 'the end'].map((_, done) => [done, ALL.length]));
    // Nothing to do is no work to show.
    expect(await migrate(db, { progress })).toEqual({ applied: [] });
    expect(steps).toHaveLength(ALL.length + 1);
    const rows = await rowsOf<{ id: number; done: boolean; owner: string }>(
      db,
      'SELECT id, finished_at >= started_at AS done FROM schema_migrations ORDER BY id',
    );
    expect(rows).toEqual(MIGRATIONS.map(({ id }) => ({ id, done: true })));
    expect(
      await rowsOf(
        db,
        `SELECT DISTINCT pg_get_userbyid(relowner)::text AS owner FROM pg_class
          WHERE relnamespace = 'federation'::regnamespace`,
      ),
    ).toEqual([{ owner: 'vectorvue_migrate' }]);
  });

  test('ids have no gap', () => {
    expect(MIGRATIONS.map(({ id }) => id)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  test('by several at once, in several databases of one cluster, each is applied once', async () => {
    const urls = [await server.createDatabase(), await server.createDatabase()];
    const results = await Promise.all(
      urls.map(async (url) => {
        const three = await Promise.all([1, 2, 3].map(() => fresh('serve', url)));
        return Promise.all(three.map((db) => migrate(db)));
      }),
    );
    for (const result of results) {
      expect(result.flatMap(({ applied }) => applied)).toEqual(ALL);
    }
  });

  test('one that is recorded and not finished (the process died) is run again', async () => {
    const db = await fresh();
    await migrate(db);
    await withLoginSession(db, (session) =>
      session.script(
        `INSERT INTO federation.schema_migrations (id, name, checksum) VALUES (${LAST + 1}, 'next', 'another')`,
      ),
    );
    expect(await migrate(db, { migrations: next('CREATE TABLE later (a int)') })).toEqual({
      applied: [migrationLabel({ id: LAST + 1, name: 'next' })],
    });
  });

  test('one that fails leaves nothing, is recorded, and is refused by name until told otherwise', async () => {
    const db = await fresh();
    await migrate(db);
    const failing = next('CREATE TABLE half (a int); SELECT 1/0');
    const label = migrationLabel({ id: LAST + 1, name: 'next' });
    await expect(migrate(db, { migrations: failing })).rejects.toMatchObject({
      code: 'migration_failed',
      message: `migration ${label} failed (SQLSTATE 22012)`,
    });
    expect(await rowsOf(db, `SELECT to_regclass('federation.half') AS half`)).toEqual([{ half: null }]);
    const corrected = next('CREATE TABLE half (a int)');
    await expect(migrate(db, { migrations: corrected })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining(label),
    });
    expect(await migrate(db, { migrations: corrected, retryFailed: true })).toEqual({ applied: [label] });
  });

  test('a changed one is refused by name', async () => {
    const db = await fresh();
    await migrate(db);
    const [first, second, ...rest] = MIGRATIONS;
    if (first === undefined || second === undefined) throw new Error('no migrations');
    const changed = [first, { ...second, sql: `${second.sql} ` }, ...rest];
    await expect(migrate(db, { migrations: changed })).rejects.toMatchObject({
      code: 'migration_changed',
      message: expect.stringContaining(migrationLabel(second)),
    });
  });

  test('a schema newer than the program is refused by name', async () => {
    const db = await fresh();
    await migrate(db, { migrations: next('SELECT 1', 'from-tomorrow') });
    await expect(migrate(db)).rejects.toMatchObject({
      code: 'schema_newer',
      message: expect.stringContaining(migrationLabel({ id: LAST + 1, name: 'from-tomorrow' })),
    });
  });

  describe('of version N, and a program of version N-1', () => {
    const label = migrationLabel({ id: LAST + 1, name: 'from-tomorrow' });
    const newest = async (oldestProgram?: number, sql = 'CREATE TABLE later (a int)') => {
      const url = await server.createDatabase();
      const db = await fresh('migrate', url);
      await migrate(db, { migrations: next(sql, 'from-tomorrow', oldestProgram) });
      return { db, serving: await fresh('serve', url) };
    };

    test('that the migration lets run beside it: migrates nothing, starts, and is told so by the plan', async () => {
      const { db, serving } = await newest(LAST);
      expect(await migrate(db)).toEqual({ applied: [] });
      await checkSchema(serving);
      expect(await planMigrations(db)).toEqual({ pending: [], newer: [label], refusal: null });
    });

    test.each([undefined, LAST + 1])(
      'that it does not (%s): refused by name, also where it does not migrate',
      async (oldest) => {
        const { db, serving } = await newest(oldest);
        const refusal = { code: 'schema_newer', message: expect.stringContaining(label) };
        await expect(migrate(db)).rejects.toMatchObject(refusal);
        await expect(checkSchema(serving)).rejects.toMatchObject(refusal);
        expect((await planMigrations(db)).refusal).toMatchObject(refusal);
      },
    );

    test('that is two behind, where the last migration needs what is one behind: refused', async () => {
      const { db } = await newest(LAST);
      await expect(migrate(db, { migrations: MIGRATIONS.slice(0, -1) })).rejects.toMatchObject({
        code: 'schema_newer',
      });
    });

    test('the other way round: N on the schema of N-1 waits for migrate, and plans it without a change', async () => {
      const db = await fresh();
      await migrate(db);
      const migrations = next('CREATE TABLE later (a int)', 'from-tomorrow', LAST);
      await expect(checkSchema(db, migrations)).rejects.toMatchObject({
        code: 'schema_older',
        message: expect.stringContaining(label),
      });
      const pending = [{ migration: label, state: 'new', plan: 'For a test.', oldestProgram: LAST }];
      expect(await planMigrations(db, { migrations })).toEqual({ pending, newer: [], refusal: null });
      expect(await rowsOf(db, `SELECT to_regclass('federation.later') AS later`)).toEqual([{ later: null }]);
      expect(await migrate(db, { migrations })).toEqual({ applied: [label] });
    });

    test('a database that was made before programs were told apart is extended by the next migrate', async () => {
      const db = await fresh();
      await migrate(db);
      await withLoginSession(db, (session) =>
        session.script('ALTER TABLE federation.schema_migrations DROP COLUMN oldest_program'),
      );
      expect(await planMigrations(db)).toEqual({ pending: [], newer: [], refusal: null });
      const migrations = next('CREATE TABLE later (a int)', 'from-tomorrow', LAST);
      await migrate(db, { migrations });
      expect(await migrate(db)).toEqual({ applied: [] });
    });
  });

  test('a plan of a failed migration says so and is refused until it is asked for again', async () => {
    const db = await fresh();
    await migrate(db);
    const failing = next('SELECT 1/0');
    await expect(migrate(db, { migrations: failing })).rejects.toMatchObject({ code: 'migration_failed' });
    const plan = await planMigrations(db, { migrations: failing });
    expect(plan).toMatchObject({ pending: [{ state: 'failed' }], refusal: { code: 'migration_failed' } });
    expect((await planMigrations(db, { migrations: failing, retryFailed: true })).refusal).toBeNull();
  });

  test('before them serve is told that the schema is missing, afterwards the same connection works', async () => {
    const db = await fresh('serve');
    await expect(rowsOf(db, 'SELECT 1')).rejects.toMatchObject({ code: 'schema_missing' });
    await migrate(db);
    expect(await rowsOf(db, 'SELECT current_user::text AS role')).toEqual([{ role: 'vectorvue_serve' }]);
  });

  describe('by a login that is no superuser', () => {
    const as = (url: string, login: string) => {
      const address = new URL(url);
      address.username = login;
      address.password = 'secret';
      return address.href;
    };
    const admin = async (url: string, text: string) => {
      const db = await fresh('migrate', url);
      await withLoginSession(db, (session) => session.script(text));
    };

    test('that may create roles and owns the database: works', async () => {
      const url = await server.createDatabase();
      const login = 'small_installation';
      await admin(
        url,
        `CREATE ROLE ${login} LOGIN CREATEROLE PASSWORD 'secret';
         GRANT CREATE ON DATABASE "${new URL(url).pathname.slice(1)}" TO ${login};
         DO $$ DECLARE r text; BEGIN
           FOREACH r IN ARRAY ARRAY['vectorvue_migrate','vectorvue_serve','vectorvue_read','vectorvue_retain'] LOOP
             IF EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('GRANT %I TO ${login} WITH ADMIN OPTION', r); END IF;
           END LOOP; END $$`,
      );
      const db = await fresh('serve', as(url, login));
      expect(await migrate(db)).toEqual({ applied: ALL });
      expect(await rowsOf(db, 'SELECT current_user::text AS role, session_user::text AS login')).toEqual([
        { role: 'vectorvue_serve', login },
      ]);
    });

    test('that may not: refused, with what a superuser has to run', async () => {
      const url = await server.createDatabase();
      await admin(url, `CREATE ROLE powerless LOGIN PASSWORD 'secret'`);
      const db = await fresh('serve', as(url, 'powerless'));
      await expect(migrate(db)).rejects.toMatchObject({
        code: 'privilege_missing',
        message: expect.stringContaining('GRANT CREATE ON DATABASE'),
      });
    });

    test('that only serves: cannot migrate, can serve', async () => {
      const url = await server.createDatabase();
      await migrate(await fresh('migrate', url));
      await admin(url, `CREATE ROLE only_serves LOGIN PASSWORD 'secret' IN ROLE vectorvue_serve`);
      const db = await fresh('serve', as(url, 'only_serves'));
      expect(await rowsOf(db, 'SELECT version FROM trust_state')).toEqual([{ version: 1 }]);
      await expect(migrate(db)).rejects.toMatchObject({
        code: 'privilege_missing',
        message: expect.stringContaining('GRANT vectorvue_migrate TO "only_serves"'),
      });
      const reader = await fresh('read', as(url, 'only_serves'));
      await expect(rowsOf(reader, 'SELECT 1')).rejects.toMatchObject({
        code: 'privilege_missing',
        message: expect.stringContaining('vectorvue_read'),
      });
    });
  });
});

describe('a cluster without the roles', () => {
  test('tells a login that may not make them what is missing', async () => {
    const server = await startPostgres({ fast: true });
    try {
      const url = await server.createDatabase();
      const logger = keepingLogger();
      const admin = await openDatabase({ databaseUrl: url, dataDir: '', role: 'migrate', logger });
      const name = new URL(url).pathname.slice(1);
      await withLoginSession(admin, (session) =>
        session.script(`CREATE ROLE plain LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE "${name}" TO plain;
                        CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'secret'; GRANT CREATE ON DATABASE "${name}" TO maker`),
      );
      await admin.close();
      const login = async (user: string) => {
        const address = new URL(url);
        address.username = user;
        address.password = 'secret';
        return openDatabase({ databaseUrl: address.href, dataDir: '', role: 'serve', logger });
      };
      const plain = await login('plain');
      await expect(migrate(plain)).rejects.toMatchObject({
        code: 'privilege_missing',
        message: expect.stringContaining('CREATE ROLE vectorvue_migrate NOLOGIN'),
      });
      await plain.close();
      const maker = await login('maker');
      expect(await migrate(maker)).toEqual({ applied: ALL });
      expect(await rowsOf(maker, 'SELECT current_user::text AS role')).toEqual([{ role: 'vectorvue_serve' }]);
      await maker.close();
    } finally {
      await server.stop();
    }
  });
});

describe('the embedded database', () => {
  test('keeps its schema between openings, in a directory that is nobody else’s', async () => {
    const directory = temporaryDirectory('migrate');
    const options = {
      databaseUrl: null,
      dataDir: directory.path,
      role: 'serve' as const,
      logger: keepingLogger(),
    };
    const first = await openDatabase(options);
    expect(await migrate(first)).toEqual({ applied: ALL });
    await first.close();
    const second = await openDatabase(options);
    expect(await migrate(second)).toEqual({ applied: [] });
    expect(
      await rowsOf(
        second,
        `SELECT current_setting('fsync') AS fsync, current_setting('wal_sync_method') AS method`,
      ),
    ).toEqual([{ fsync: 'on', method: 'open_datasync' }]);
    await second.close();
    directory.remove();
  });
});
