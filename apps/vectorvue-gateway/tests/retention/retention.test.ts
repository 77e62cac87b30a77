import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { readTile } from '../../src/audit/read-tile.ts';
import type { StoredRule } from '../../src/retention/retention-rule.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { openSignedLog, type SignedLog, signedTelemetry } from '../audit/signed-log.ts';
import { describeCommands } from '../cli/stores.ts';
import { newParty, type Party, refusal } from '../store/requests.ts';
import { countOf, rowsOf } from '../store/stores.ts';

const DAY = 86_400_000;
const OLD = { receivedAtMs: Date.now() - 100 * DAY };

describeCommands('retention', (run, store) => {
  const [kept, pruned] = [newParty(), newParty()];
  let log: SignedLog;

  /** Of each tenant: entries and bodies that are a hundred days old, and an event of now. */
  const fill = async (party: Party): Promise<void> => {
    await log.appendOld(party, 100, ['e1', 'e2', 'e3', 'e4']);
    await log.commit([
      signedTelemetry(party, 'old', OLD),
      refusal(party, Buffer.from('{"secret":"of the refused"}'), OLD),
      signedTelemetry(party, 'now'),
    ]);
  };
  const verified = async () => (await run('audit', 'verify', '--json')).json;
  const set = (...args: readonly string[]) =>
    run('retention', 'set', '--tenant', pruned.tenantId, '--reason', 'the contract says so', ...args);
  const plan = async (): Promise<{
    plan: string | null;
    targets: readonly { class: string; count: number }[];
  }> => (await run('retention', 'apply', '--json')).json;
  const apply = async () => {
    const { plan: id } = await plan();
    return run('retention', 'apply', '--confirm', id ?? '', '--reason', 'monthly run', '--json');
  };

  beforeAll(async () => {
    log = await openSignedLog(store().db);
    await fill(kept);
    await fill(pruned);
    await log.sign();
  });

  test('without rules there is nothing to erase', async () => {
    expect(await run('retention', 'apply', '--json')).toMatchObject({ exitCode: 0, json: { targets: [] } });
  });

  test.each([
    [['--class', 'evidence', '--days', '30', '--erase', 'entry'], 'usage'],
    [['--class', 'decision', '--days', '30'], 'usage'],
    [['--class', 'evidence'], 'usage'],
    [['--class', 'evidence', '--days', '30', '--forever'], 'usage'],
    [['--class', 'evidence', '--days', '0'], 'usage'],
    [['--class', 'evidence', '--remove'], 'rule_unknown'],
    [['--class', 'evidence', '--days', '30', '--all-tenants'], 'tenant_required'],
  ])('a rule that means nothing is refused: %j', async (args, code) => {
    expect(await set(...args, '--json')).toMatchObject({ exitCode: 2, json: { error: { code } } });
    expect(await countOf(store().db, 'retention_rules')).toBe(0);
  });

  test('a first run shows and changes nothing; what was shown is what is confirmed', async () => {
    expect(await set('--class', 'evidence', '--days', '30')).toMatchObject({ exitCode: 0 });
    expect(await set('--class', 'refused', '--days', '30')).toMatchObject({ exitCode: 0 });
    const shown = await run('retention', 'apply', '--json');
    expect(shown).toMatchObject({
      exitCode: 2,
      json: {
        targets: [
          { tenant: pruned.tenantId, class: 'evidence', count: 1 },
          { tenant: pruned.tenantId, class: 'refused', count: 1 },
        ],
      },
    });
    expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [pruned.tenantId])).toBe(2);
    expect(
      await run('retention', 'apply', '--confirm', '0'.repeat(16), '--reason', 'r', '--json'),
    ).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'plan_changed' } },
    });
    expect(await run('retention', 'apply', '--confirm', shown.json.plan, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'reason_required' } },
    });
    expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [pruned.tenantId])).toBe(2);
  });

  test('bodies go, of that tenant and that age alone; the log says so and still verifies', async () => {
    expect(await apply()).toMatchObject({ exitCode: 0, json: { erased: 2 } });
    expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [pruned.tenantId])).toBe(1);
    expect(await countOf(store().db, 'refused_bodies WHERE tenant_id = $1', [pruned.tenantId])).toBe(0);
    expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [kept.tenantId])).toBe(2);
    expect(await countOf(store().db, 'refused_bodies WHERE tenant_id = $1', [kept.tenantId])).toBe(1);
    const { json } = await run(
      'audit',
      'list',
      '--tenant',
      pruned.tenantId,
      '--class',
      'administration',
      '--json',
    );
    const prunings = json.entries.filter(({ action }: { action: string }) => action === 'retention.prune');
    expect(prunings.map(({ subject }: { subject: string }) => JSON.parse(subject))).toMatchObject([
      { class: 'refused', erases: 'body', count: 1, reason: 'monthly run' },
      { class: 'evidence', erases: 'body', count: 1, reason: 'monthly run' },
    ]);
    expect(prunings[0]).toMatchObject({ actor: 'cli:tester', code: 'pruned' });
    expect(await verified()).toMatchObject({ ok: true, pruned: 0 });
  });

  test('disclosures go: who and what is no more known, the entries stand', async () => {
    await set('--class', 'decision', '--erase', 'disclosure', '--days', '60');
    const before = await verified();
    expect(await apply()).toMatchObject({ exitCode: 0, json: { erased: 4 } });
    const rows = await rowsOf<{ disclosure: string; entry: string }>(
      store().db,
      `SELECT disclosure, entry FROM audit_log WHERE tenant_id = $1 AND recorded_at < now() - interval '60 days'`,
      [pruned.tenantId],
    );
    expect(rows.map(({ disclosure }) => disclosure)).toEqual(['{}', '{}', '{}', '{}']);
    expect(rows.every(({ entry }) => entry.includes('"commitments":{'))).toBe(true);
    expect(await verified()).toMatchObject({ ok: true, pruned: 0, undisclosed: before.undisclosed + 12 });
  });

  test('texts go: sequence, leaf hash and tree stay, and the verification says how many', async () => {
    await set('--class', 'decision', '--erase', 'entry', '--days', '60');
    const leaves = await rowsOf(
      store().db,
      'SELECT sequence, leaf_hash FROM audit_log WHERE tenant_id = $1',
      [pruned.tenantId],
    );
    const requests = await rowsOf<{ request_id: string }>(
      store().db,
      `SELECT DISTINCT request_id FROM audit_log WHERE tenant_id = $1 AND class = 'decision' AND recorded_at < now() - interval '60 days'`,
      [pruned.tenantId],
    );
    expect(await apply()).toMatchObject({ exitCode: 0, json: { erased: 4 } });
    expect(await verified()).toMatchObject({ ok: true, pruned: 4 });
    expect((await run('audit', 'verify')).stdout).toContain('4 leaves pruned, verified by hash');
    expect(
      await rowsOf(
        store().db,
        'SELECT sequence, leaf_hash FROM audit_log WHERE tenant_id = $1 AND sequence <= $2',
        [pruned.tenantId, Math.max(...leaves.map(({ sequence }: { sequence?: number }) => sequence ?? 0))],
      ),
    ).toEqual(leaves);
    expect(
      await countOf(
        store().db,
        `audit_log WHERE tenant_id = $1 AND pruned_by IS NOT NULL
           AND (entry <> '' OR disclosure <> '{}' OR actor <> '' OR code <> '' OR action <> '' OR kid IS NOT NULL OR peer_sha256 IS NOT NULL)`,
        [pruned.tenantId],
      ),
    ).toBe(0);
    for (const { request_id } of requests) {
      expect(await run('audit', 'prove', '--request', request_id, '--json')).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'pruned' } },
      });
    }
  });

  test('after the next checkpoint too, over what the prunings themselves appended', async () => {
    await log.sign();
    expect(await verified()).toMatchObject({ ok: true, pruned: 4 });
    expect((await plan()).targets).toEqual([]);
  });

  test('what is left is proven as before, an evidence folder says what is pruned, bundles with a gap are not served', async () => {
    const folder = join(temporaryDirectory('pruned').path, 'folder');
    expect(await run('audit', 'evidence', folder, '--json')).toMatchObject({ exitCode: 0 });
    expect(await run('audit', 'verify-proof', folder, '--json')).toMatchObject({
      exitCode: 0,
      json: { ok: true, pruned: 4 },
    });
    expect((await run('audit', 'verify-proof', folder)).stdout).toContain('4 of them are pruned');
    const size = (await verified()).signed;
    expect(await readTile(store().db, { level: 'entries', index: 0, width: size }, size)).toBeNull();
    expect(await readTile(store().db, { level: 0, index: 0, width: size }, size)).toHaveLength(size * 32);
  });

  test('the rule of a tenant stands before that of all tenants, also where it says: for ever', async () => {
    const all = (...args: readonly string[]) =>
      run('retention', 'set', '--all-tenants', '--reason', 'r', ...args);
    await all('--class', 'evidence', '--days', '50');
    expect((await plan()).targets).toMatchObject([{ tenant: kept.tenantId, class: 'evidence', count: 1 }]);
    await run(
      'retention',
      'set',
      '--tenant',
      kept.tenantId,
      '--class',
      'evidence',
      '--forever',
      '--reason',
      'litigation',
    );
    expect((await plan()).targets).toEqual([]);
    const { rules } = (await run('retention', 'list', '--json')).json as { rules: readonly StoredRule[] };
    const said = rules.map((rule) => `${rule.tenant_id} ${rule.class} ${rule.erases} ${rule.days}`);
    expect(said.sort()).toEqual(
      [
        '* evidence body 50',
        `${kept.tenantId} evidence body null`,
        `${pruned.tenantId} decision disclosure 60`,
        `${pruned.tenantId} decision entry 60`,
        `${pruned.tenantId} evidence body 30`,
        `${pruned.tenantId} refused body 30`,
      ].sort(),
    );
    await all('--class', 'evidence', '--remove');
  });

  describe('whoever prunes by hand is found', () => {
    const owner = async (text: string): Promise<void> => {
      await withLoginSession(store().db, (session) =>
        session.script(`SET search_path = federation; ${text}`),
      );
    };
    const target = `sequence = (SELECT max(sequence) FROM audit_log WHERE class = 'decision' AND tenant_id = '${kept.tenantId}')`;
    const emptied = `entry = '', disclosure = '{}', action = '', actor = '', code = '', kid = NULL, peer_sha256 = NULL`;

    test.each([
      [
        'an entry emptied, and nobody says so',
        `UPDATE audit_log SET ${emptied}, pruned_by = gen_random_uuid() WHERE ${target}`,
      ],
      [
        'an entry emptied in the name of a pruning of others',
        `UPDATE audit_log SET ${emptied}, pruned_by = (SELECT request_id FROM audit_log WHERE action = 'retention.prune'
           ORDER BY sequence DESC LIMIT 1) WHERE ${target}`,
      ],
      [
        'a pruned entry brought back without its text',
        `UPDATE audit_log SET pruned_by = (SELECT request_id FROM audit_log WHERE action = 'retention.rule' LIMIT 1)
          WHERE sequence = (SELECT min(sequence) FROM audit_log WHERE pruned_by IS NOT NULL)`,
      ],
    ])('%s', async (_, tampering) => {
      await owner(`CREATE TABLE before AS SELECT * FROM audit_log; ${tampering}`);
      try {
        const found = await run('audit', 'verify', '--json');
        expect(found).toMatchObject({ exitCode: 1, json: { fault: { kind: 'wrong_pruning' } } });
      } finally {
        await owner('TRUNCATE audit_log; INSERT INTO audit_log SELECT * FROM before; DROP TABLE before');
      }
    });

    test('a pruned leaf of which the hash was changed', async () => {
      const place = 'sequence = (SELECT min(sequence) FROM audit_log WHERE pruned_by IS NOT NULL)';
      const flip = `UPDATE audit_log SET leaf_hash = set_bit(leaf_hash, 0, 1 - get_bit(leaf_hash, 0)) WHERE ${place}`;
      await owner(flip);
      expect(await run('audit', 'verify', '--json')).toMatchObject({
        exitCode: 1,
        json: { fault: { kind: 'checkpoint_root' } },
      });
      await owner(flip);
      expect(await verified()).toMatchObject({ ok: true, pruned: 4 });
    });
  });
});
