import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { type ReaderScope, transactionAsReader } from '../../src/store/as-reader.ts';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { DatabaseRole } from '../../src/store/open-database.ts';
import { event, newParty, summary, telemetry } from './requests.ts';
import { countOf, keepingLogger, openTest, rowsOf } from './stores.ts';

const README = join(import.meta.dirname, '..', '..', '..', '..', 'infra', 'postgres', 'README.md');
const TENANT = '11111111-1111-4111-8111-111111111111';
const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000, rateLimitPerMinute: 0 };

interface Block {
  readonly options: string;
  readonly sql: string;
}

function blocks(): readonly Block[] {
  const text = readFileSync(README, 'utf8');
  return [...text.matchAll(/```sql ?([^\n]*)\n([\s\S]*?)```/g)].map(([, options = '', sql = '']) => ({
    options,
    sql,
  }));
}

describe('infra/postgres/README.md, followed as written', () => {
  let server: PostgresServer;
  const [small, hardened, readers, asAnalyst, consoleReader] = blocks();
  const logger = keepingLogger();

  beforeAll(async () => {
    server = await startPostgres({ fast: true });
  });
  afterAll(() => server.stop());

  async function using<Value>(
    role: DatabaseRole,
    database: string,
    login: string | null,
    work: (db: Database) => Promise<Value>,
  ): Promise<Value> {
    const url = new URL(server.url(database));
    const passwords: Record<string, string> = {
      vectorvue_one: 'change-me-1',
      gateway_migrate: 'change-me-2',
      gateway_serve: 'change-me-3',
      gateway_retain: 'change-me-4',
      analyst_a: 'change-me-5',
      auditor: 'change-me-6',
    };
    if (login !== null) {
      url.username = login;
      url.password = passwords[login] ?? '';
    }
    const db = await openTest(url.href, '', role, logger);
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  }

  /** Statement by statement: CREATE DATABASE cannot be in a transaction, which several statements in one text are. */
  async function run(
    block: Block | undefined,
    database = 'postgres',
    login: string | null = null,
  ): Promise<void> {
    if (block === undefined) throw new Error('the README has fewer blocks than this test');
    await using('migrate', database, login, (db) =>
      withLoginSession(db, async (session) => {
        for (const statement of block.sql.split(/;\n/)) {
          if (statement.trim() !== '') await session.script(statement);
        }
      }),
    );
  }

  test('has the five blocks that are followed here', () => {
    expect(blocks().map((block) => block.options)).toEqual([
      '',
      '',
      'database=vectorvue',
      'database=vectorvue login=analyst_a',
      'database=vectorvue',
    ]);
  });

  test('a hardened installation: each login does its task and no other', async () => {
    await run(hardened);
    await using('serve', 'vectorvue', 'gateway_serve', async (db) => {
      await expect(migrate(db)).rejects.toMatchObject({ code: 'privilege_missing' });
    });
    await using('migrate', 'vectorvue', 'gateway_migrate', (db) => migrate(db));
    await using('serve', 'vectorvue', 'gateway_serve', async (db) => {
      const sent = [TENANT, newParty().tenantId].map((tenantId) =>
        telemetry({ ...newParty(), tenantId }, [event('e1', { severity: 'high' })]),
      );
      expect(summary(await createCommit(db, LIMITS)(sent))).toEqual([
        'committed:accepted',
        'committed:accepted',
      ]);
    });
    await run(readers, 'vectorvue');
    await run(asAnalyst, 'vectorvue', 'analyst_a').catch((error: unknown) => {
      throw error;
    });
    await using('read', 'vectorvue', 'analyst_a', async (db) => {
      expect(await rowsOf(db, 'SELECT tenant_id FROM findings')).toEqual([{ tenant_id: TENANT }]);
    });
    await using('read', 'vectorvue', 'auditor', async (db) => {
      expect(await countOf(db, 'findings')).toBe(2);
      expect(await verifyAuditLog(db)).toMatchObject({ ok: true, size: 2 });
    });
    // The console reads by the login that serves; what the README grants is what it needs.
    const asConsole = (scope: ReaderScope) =>
      using('read', 'vectorvue', 'gateway_serve', (db) =>
        transactionAsReader(db, scope, (tx) =>
          rowsOf<{ tenant_id: string }>(tx, 'SELECT tenant_id FROM findings'),
        ),
      );
    await expect(asConsole('all-tenants')).rejects.toMatchObject({ code: 'privilege_missing' });
    await run(consoleReader, 'vectorvue');
    expect(await asConsole('all-tenants')).toHaveLength(2);
    expect(await asConsole([TENANT])).toEqual([{ tenant_id: TENANT }]);
    expect(await asConsole([])).toEqual([]);
    await using('retain', 'vectorvue', 'gateway_retain', async (db) => {
      await rowsOf(db, 'DELETE FROM evidence WHERE tenant_id = $1', [TENANT]);
    });
  });

  test('a copy of the database serves and verifies', async () => {
    await run({ options: '', sql: 'CREATE DATABASE restored TEMPLATE vectorvue' });
    await using('serve', 'restored', null, async (db) => {
      expect(await migrate(db)).toEqual({ applied: [] });
      expect(await verifyAuditLog(db)).toMatchObject({ ok: true, size: 2 });
      expect(await countOf(db, 'evidence')).toBe(1);
    });
  });

  test('a small installation: one login does everything', async () => {
    const other = await startPostgres({ fast: true });
    const first = server;
    server = other;
    try {
      await run(small);
      await using('serve', 'vectorvue_small', 'vectorvue_one', async (db) => {
        expect((await migrate(db)).applied.length).toBeGreaterThan(0);
        expect(summary(await createCommit(db, LIMITS)([telemetry(newParty(), [event('e1')])]))).toEqual([
          'committed:accepted',
        ]);
      });
    } finally {
      server = first;
      await other.stop();
    }
  });
});
