import { expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { asLogin } from './as-login.ts';
import { event, newParty, refusal, telemetry } from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

async function stateOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

forEachStore('roles', (store) => {
  test.each([
    'DELETE FROM evidence',
    "UPDATE evidence SET body = ''",
    'TRUNCATE evidence',
    'DELETE FROM events',
    "UPDATE events SET content_hash = ''",
    'DELETE FROM audit_log',
    "UPDATE audit_log SET code = 'accepted'",
    'TRUNCATE audit_log',
    'DELETE FROM audit_head',
    'INSERT INTO audit_head (singleton, size) VALUES (false, 0)',
    'DELETE FROM findings',
    "UPDATE findings SET severity = 'info'",
    'DELETE FROM refused_bodies',
    "UPDATE refused_bodies SET code = 'x'",
    'DELETE FROM graphs',
    'DELETE FROM adjustments',
    "UPDATE adjustments SET tenant_id = ''",
    'UPDATE trust_state SET version = 1',
    "INSERT INTO tenant_readers VALUES ('x', '*')",
    'UPDATE schema_migrations SET checksum = $$x$$',
    'ALTER TABLE evidence DISABLE ROW LEVEL SECURITY',
    'DROP TABLE audit_log',
    'CREATE TABLE mine (a int)',
    'DROP TRIGGER lock_trust ON keys',
  ])('serve may not: %s', async (text) => {
    expect(await stateOf(rowsOf(store().db, text))).toBe('42501');
  });

  test('serve may change the status of a finding, and remove a nonce', async () => {
    const party = newParty();
    await createCommit(store().db, LIMITS)([telemetry(party, [event('e1', { severity: 'high' })])]);
    await rowsOf(
      store().db,
      `UPDATE findings SET status = 'closed', reason = 'r', changed_by = 'me', changed_at = now() WHERE tenant_id = $1`,
      [party.tenantId],
    );
    await rowsOf(store().db, 'DELETE FROM nonces WHERE identity = $1', [party.identity]);
    expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(0);
  });

  test('retain alone may delete evidence and refused bodies, and nothing else', async () => {
    const party = newParty();
    await createCommit(
      store().db,
      LIMITS,
    )([telemetry(party, [event('e1')]), refusal(party, Buffer.from('x'))]);
    await withLoginSession(store().db, async (session) => {
      await session.script('SET ROLE vectorvue_retain');
      await rowsOf(session, 'DELETE FROM evidence WHERE tenant_id = $1', [party.tenantId]);
      await rowsOf(session, 'DELETE FROM refused_bodies WHERE tenant_id = $1', [party.tenantId]);
      for (const text of [
        'DELETE FROM events',
        'DELETE FROM audit_log',
        'DELETE FROM nonces',
        'UPDATE evidence SET kid = $$x$$',
      ]) {
        expect(await stateOf(rowsOf(session, text))).toBe('42501');
      }
    });
    expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [party.tenantId])).toBe(0);
    expect(await countOf(store().db, 'events WHERE tenant_id = $1', [party.tenantId])).toBe(1);
  });

  test('the bound on refused bodies is all that serve can do to them', async () => {
    const party = newParty();
    await createCommit(store().db, LIMITS)([refusal(party, Buffer.from('x'))]);
    await rowsOf(store().db, 'SELECT cap_refused_bodies($1)', [party.tenantId]);
    expect(await countOf(store().db, 'refused_bodies WHERE tenant_id = $1', [party.tenantId])).toBe(1);
  });
});

forEachStore('readers', (store) => {
  const mine = newParty();
  const other = newParty();
  const TABLES = [
    'events',
    'evidence',
    'findings',
    'audit_log',
    'refused_bodies',
    'tenants',
    'operator_tenants',
  ];

  const asReader = (login: string, work: (db: Pick<Database, 'query'>) => Promise<void>) =>
    asLogin(store(), login, work);

  test('are made by the operator', async () => {
    for (const party of [mine, other]) {
      await rowsOf(store().db, 'INSERT INTO tenants (tenant_id) VALUES ($1)', [party.tenantId]);
      await rowsOf(store().db, `INSERT INTO operator_tenants VALUES ($1, $2, 'cli')`, [
        party.operatorId,
        party.tenantId,
      ]);
    }
    const version = await rowsOf<{ version: number }>(store().db, 'SELECT version FROM trust_state');
    const trustVersion = version[0]?.version ?? 0;
    await createCommit(
      store().db,
      LIMITS,
    )(
      [mine, other].flatMap((party) => [
        telemetry(party, [event('e1', { severity: 'high' })], { trustVersion }),
        refusal(party, Buffer.from('x'), { trustVersion }),
      ]),
    );
    await createCommit(
      store().db,
      LIMITS,
    )([refusal(mine, Buffer.from('x'), { trustVersion, tenantId: null })]);
    await store().asOwner(`
      CREATE ROLE analyst LOGIN PASSWORD 'secret' IN ROLE vectorvue_read;
      CREATE ROLE auditor LOGIN PASSWORD 'secret' IN ROLE vectorvue_read;
      CREATE ROLE nobody_yet LOGIN PASSWORD 'secret' IN ROLE vectorvue_read;
      INSERT INTO federation.tenant_readers VALUES ('analyst', '${mine.tenantId}'), ('auditor', '*')`);
  });

  test('see their tenant and no other, whatever they set', async () => {
    await asReader('analyst', async (db) => {
      for (const setting of ['', other.tenantId, mine.tenantId, '*', "' OR true --"]) {
        await rowsOf(db, `SELECT set_config('vectorvue.tenant', $1, false)`, [setting]);
        for (const table of TABLES) {
          const seen = await rowsOf<{ tenant_id: string }>(db, `SELECT DISTINCT tenant_id FROM ${table}`);
          const expected = setting === '' || setting === mine.tenantId ? [{ tenant_id: mine.tenantId }] : [];
          expect({ table, setting, seen }).toEqual({ table, setting, seen: expected });
        }
      }
      await rowsOf(db, `SELECT set_config('vectorvue.tenant', '', false)`);
      expect(await rowsOf(db, 'SELECT * FROM tenant_readers')).toEqual([
        { role_name: 'analyst', tenant_id: mine.tenantId },
      ]);
      expect(await countOf(db, 'keys')).toBe(0);
      // Not by changing who one is, nor by writing.
      for (const text of [
        'SET ROLE vectorvue_serve',
        // The embedded database has one login, which may become anybody; nobody else can reach it.
        ...(store().kind === 'postgres' ? ['SET SESSION AUTHORIZATION auditor'] : []),
        `INSERT INTO tenant_readers VALUES ('analyst', '*')`,
        'UPDATE findings SET status = status',
        'SELECT * FROM nonces',
      ]) {
        expect({ text, state: await stateOf(rowsOf(db, text)) }).toEqual({ text, state: '42501' });
      }
    });
  });

  test('of all tenants may narrow to one', async () => {
    await asReader('auditor', async (db) => {
      expect(await countOf(db, 'events')).toBe(2);
      expect(await countOf(db, 'audit_log WHERE tenant_id IS NULL')).toBe(1);
      await rowsOf(db, `SELECT set_config('vectorvue.tenant', $1, false)`, [other.tenantId]);
      expect(await rowsOf(db, 'SELECT DISTINCT tenant_id FROM audit_log')).toEqual([
        { tenant_id: other.tenantId },
      ]);
    });
  });

  test('who was granted nothing see nothing', async () => {
    await asReader('nobody_yet', async (db) => {
      for (const table of TABLES) expect(await countOf(db, table)).toBe(0);
    });
  });
});
