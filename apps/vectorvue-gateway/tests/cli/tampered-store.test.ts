import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { makeKey, TENANT_A } from '../trust/make-keys.ts';
import { SILENT } from '../trust/stores.ts';
import { runCommand } from './run-command.ts';
import { seedEvent } from './seed-event.ts';

/** Somebody with the owner's rights has been at the database; the commands have to say so, and where. */
describe('a tampered store', () => {
  let server: PostgresServer;
  let db: Database;
  let environment: Record<string, string>;
  const key = makeKey();
  const asOwner = (sql: string) => withLoginSession(db, (session) => session.script(sql));
  const run = (...argv: string[]) => runCommand(environment, [...argv, '--json']);

  beforeAll(async () => {
    server = await startPostgres({ fast: true });
    const databaseUrl = await server.createDatabase();
    environment = { DATABASE_URL: databaseUrl };
    db = await openDatabase({ databaseUrl, dataDir: '/nonexistent', role: 'serve', logger: SILENT });
    await migrate(db);
  });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });

  test.each([
    ['signature', `UPDATE federation.evidence SET nonce = nonce || 'x'`],
    ['body_sha256', `UPDATE federation.evidence SET body = body || ' '`],
    ['event_id', `UPDATE federation.events SET evidence_index = 0, event_id = 'tampered-event_id'`],
    ['operator_id', `UPDATE federation.evidence SET public_key = '\\x${'01'.repeat(32)}'`],
  ])('events show notices a changed %s', async (name, sql) => {
    await asOwner('DELETE FROM federation.events; DELETE FROM federation.evidence');
    await seedEvent(db, {
      key,
      tenantId: TENANT_A,
      eventId: `${name === 'event_id' ? 'original' : 'tampered'}-${name}`,
    });
    await asOwner(sql);
    const shown = await run('events', 'show', `tampered-${name}`, '--tenant', TENANT_A);
    expect(shown).toMatchObject({
      exitCode: 1,
      json: { ok: false, verdict: expect.stringContaining('INVALID') },
    });
    const failed = shown.json.checks.filter((check: { ok: boolean }) => !check.ok);
    expect(failed.map((check: { name: string }) => check.name)).toContain(
      name === 'operator_id' ? 'signature' : name,
    );
  });

  test('events show says when the evidence has been removed', async () => {
    await seedEvent(db, { key, tenantId: TENANT_A, eventId: 'retained' });
    await asOwner('DELETE FROM federation.evidence');
    expect(await run('events', 'show', 'retained', '--tenant', TENANT_A)).toMatchObject({
      exitCode: 0,
      json: { ok: null, checks: [], verdict: expect.stringContaining('removed') },
    });
  });

  test('audit verify ends with 1 and names the place', async () => {
    for (let index = 0; index < 4; index += 1) {
      await runCommand(environment, ['tenant', 'map', `op-${index}`, TENANT_A]);
    }
    expect(await run('audit', 'verify')).toMatchObject({ exitCode: 0 });
    await asOwner(`UPDATE federation.audit_log SET actor = 'cli:somebody' WHERE sequence = 2`);
    expect(await run('audit', 'verify')).toMatchObject({
      exitCode: 1,
      json: { ok: false, fault: { sequence: 2 } },
    });
    await asOwner('DELETE FROM federation.audit_log WHERE sequence = 1');
    const verified = await runCommand(environment, ['audit', 'verify']);
    expect(verified.exitCode).toBe(1);
    expect(verified.stdout).toMatch(/^FAULT at sequence 1: gap/);
  });
});
