import { beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { planPruning } from '../../src/retention/plan-pruning.ts';
import { prune } from '../../src/retention/prune.ts';
import { recordRetention } from '../../src/retention/record-retention.ts';
import { putRule } from '../../src/retention/retention-rule.ts';
import { transactionAsRetain } from '../../src/store/as-retain.ts';
import type { Database } from '../../src/store/database.ts';
import { openSignedLog, type SignedLog } from '../audit/signed-log.ts';
import { runCommand } from '../cli/run-command.ts';
import { newParty } from '../store/requests.ts';
import { countOf, forEachStore, rowsOf } from '../store/stores.ts';

const AUTHOR = { actor: 'cli:tester', reason: 'because' };
const REFUSED = '42501';

async function stateOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

forEachStore('who may prune', (store, onPostgres) => {
  const party = newParty();
  let retain: Database;
  let sequence = -1;
  let log: SignedLog;
  const RULE = { tenant_id: party.tenantId, class: 'decision', erases: 'entry', days: 30 } as const;

  beforeAll(async () => {
    log = await openSignedLog(store().db);
    await log.appendOld(party, 100, ['e1']);
    await log.sign();
    const [row] = await rowsOf<{ sequence: number }>(
      store().db,
      'SELECT sequence FROM audit_log WHERE tenant_id = $1',
      [party.tenantId],
    );
    sequence = row?.sequence ?? -1;
    retain = await store().another('retain');
  });

  const pruningAs = (db: Database, over: { say?: boolean; rule?: boolean } = {}) =>
    transactionAsRetain(db, async (tx) => {
      const subject = { count: 1, erases: 'entry' };
      const requestId =
        over.say === false
          ? uuidv7()
          : await recordRetention(tx, {
              action: 'retention.prune',
              actor: 'cli:tester',
              code: 'pruned',
              tenantId: party.tenantId,
              subject,
            });
      await tx.query({ name: 'test_erase', text: 'SELECT erase_audit_v1($1, $2, $3)' }, [
        [sequence],
        'entry',
        requestId,
      ]);
    });

  test.each([
    `INSERT INTO retention_rules VALUES ('*', 'evidence', 'body', 1, 'me', now())`,
    `SELECT erase_audit_v1('{0}', 'entry', gen_random_uuid())`,
    `SELECT record_retention_v1(gen_random_uuid(), 'retention.prune', 'me', NULL, 'pruned', '', '', '{}')`,
    `UPDATE audit_log SET entry = ''`,
    'UPDATE audit_log SET pruned_by = gen_random_uuid()',
  ])('serve may not: %s', async (text) => {
    expect(await stateOf(rowsOf(store().db, text))).toBe(REFUSED);
  });

  onPostgres('the pruning itself is refused to a login of serve', async () => {
    const target = {
      tenant: party.tenantId,
      class: 'decision',
      erases: 'entry',
      before: new Date(),
      count: 1,
    } as const;
    expect(await stateOf(prune(store().db, AUTHOR, target))).toBe(REFUSED);
    expect(await stateOf(putRule(store().db, AUTHOR, RULE))).toBe(REFUSED);
  });

  test.each([
    `UPDATE audit_log SET entry = ''`,
    `UPDATE audit_log SET disclosure = '{}'`,
    'DELETE FROM audit_log',
    'UPDATE audit_head SET size = 0',
    'DELETE FROM log_checkpoints',
    'DELETE FROM log_tiles',
    `INSERT INTO audit_log SELECT * FROM audit_log`,
    `SELECT record_retention_v1(gen_random_uuid(), 'key.import', 'me', NULL, 'done', '{"action":"key.import",', '', '{}')`,
    `SELECT record_retention_v1(gen_random_uuid(), 'retention.prune', 'me', NULL, 'done', '{"action":"key.import",', '', '{}')`,
  ])('retain may not: %s', async (text) => {
    const work = transactionAsRetain(retain, async (tx) => {
      await rowsOf(tx, text);
    });
    expect(await stateOf(work)).toBe(REFUSED);
  });

  test('nothing is erased that no rule covers', async () => {
    expect(await stateOf(pruningAs(retain))).toBe(REFUSED);
    await putRule(retain, AUTHOR, { ...RULE, days: 101 });
    expect(await stateOf(pruningAs(retain))).toBe(REFUSED);
    await putRule(retain, AUTHOR, { ...RULE, days: null });
    expect(await stateOf(pruningAs(retain))).toBe(REFUSED);
    expect(await countOf(store().db, 'audit_log WHERE pruned_by IS NOT NULL')).toBe(0);
  });

  test('nothing is erased of which the log does not say so in the same transaction', async () => {
    await putRule(retain, AUTHOR, RULE);
    expect(await stateOf(pruningAs(retain, { say: false }))).toBe(REFUSED);
    const said = await transactionAsRetain(retain, (tx) =>
      recordRetention(tx, {
        action: 'retention.prune',
        actor: 'cli:tester',
        code: 'pruned',
        tenantId: party.tenantId,
        subject: { count: 0, erases: 'disclosure' },
      }),
    );
    const later = transactionAsRetain(retain, (tx) =>
      rowsOf(tx, 'SELECT erase_audit_v1($1, $2, $3)', [[sequence], 'entry', said]),
    );
    expect(await stateOf(later)).toBe(REFUSED);
    expect(await countOf(store().db, 'audit_log WHERE pruned_by IS NOT NULL')).toBe(0);
  });

  test('entries about retention, and those that no checkpoint was signed over, are never erased', async () => {
    await putRule(retain, AUTHOR, { tenant_id: '*', class: 'administration', erases: 'entry', days: 1 });
    const fresh = newParty();
    await log.appendOld(fresh, 100, ['unsigned']);
    await putRule(retain, AUTHOR, { ...RULE, tenant_id: fresh.tenantId });
    const { targets } = await planPruning(retain);
    expect(targets).toMatchObject([{ tenant: party.tenantId, class: 'decision', count: 1 }]);
  });

  test('with a rule and an entry it is erased', async () => {
    const { targets } = await planPruning(retain);
    const [target] = targets;
    if (target === undefined) throw new Error('nothing is to be pruned');
    expect(await prune(retain, AUTHOR, target)).toBe(1);
    expect(
      await rowsOf(
        store().db,
        'SELECT entry, pruned_by IS NOT NULL AS pruned FROM audit_log WHERE sequence = $1',
        [sequence],
      ),
    ).toEqual([{ entry: '', pruned: true }]);
  });

  onPostgres('from the command line by a login of retain, and by no other', async () => {
    await store().asOwner(`CREATE ROLE only_retain LOGIN PASSWORD 'of-this-test' IN ROLE vectorvue_retain;
      CREATE ROLE only_serve LOGIN PASSWORD 'of-this-test' IN ROLE vectorvue_serve`);
    const as = (login: string, ...argv: readonly string[]) => {
      const url = new URL(store().url ?? '');
      url.username = login;
      url.password = 'of-this-test';
      return runCommand({ DATABASE_URL: url.href }, [...argv, '--json']);
    };
    const set = [
      'retention',
      'set',
      '--all-tenants',
      '--class',
      'refused',
      '--days',
      '9',
      '--reason',
      'r',
    ] as const;
    const refused = { exitCode: 1, json: { error: { code: 'privilege_missing' } } };
    expect(await as('only_serve', ...set)).toMatchObject(refused);
    expect(await as('only_serve', 'retention', 'apply')).toMatchObject(refused);
    expect(await as('only_serve', 'retention', 'list')).toMatchObject({ exitCode: 0 });
    expect(await as('only_retain', ...set)).toMatchObject({ exitCode: 0 });
    await log.sign();
    const shown = await as('only_retain', 'retention', 'apply');
    expect(shown).toMatchObject({ exitCode: 2, json: { targets: [{ class: 'decision', count: 1 }] } });
    const confirm = ['retention', 'apply', '--confirm', shown.json.plan, '--reason', 'r'] as const;
    expect(await as('only_serve', ...confirm)).toMatchObject(refused);
    expect(await as('only_retain', ...confirm)).toMatchObject({ exitCode: 0, json: { erased: 1 } });
    expect(await as('only_retain', 'retention', 'list')).toMatchObject({ exitCode: 0 });
    expect(await as('only_serve', 'audit', 'verify')).toMatchObject({ exitCode: 0, json: { pruned: 2 } });
    const suspend = ['tenant', 'suspend', party.tenantId, '--reason', 'r'] as const;
    expect(await as('only_retain', ...suspend)).toMatchObject(refused);
  });
});
