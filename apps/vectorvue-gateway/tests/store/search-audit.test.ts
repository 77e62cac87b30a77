/** The search of the audit log on both databases: whole in pages, however few of them are looked at in one go. */
import { expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { countTechniques } from '../../src/attack/count-techniques.ts';
import { appendAudit } from '../../src/audit/append.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { type AuditSearch, searchAudit } from '../../src/store/read/search-audit.ts';
import { event, newParty, telemetry } from './requests.ts';
import { forEachStore, rowsOf } from './stores.ts';

const EVERYTHING: AuditSearch = {
  scope: 'all-tenants',
  sequence: null,
  request: null,
  class: null,
  code: null,
  action: null,
  actor: null,
  from: null,
  to: null,
  below: null,
  limit: 7,
};
const START = Date.UTC(2026, 0, 1);
const ENTRIES = 1_200;

forEachStore('searching the audit log', (store) => {
  const [mine, other] = [newParty().tenantId, newParty().tenantId];
  const draft = (n: number) => ({
    requestId: uuidv7(),
    action: 'telemetry',
    actor: n % 400 === 0 ? 'rare' : 'often',
    tenantId: n % 3 === 0 ? mine : n % 3 === 1 ? other : null,
    operatorId: null,
    subject: `e-${n}`,
    evidenceSha256: null,
    kid: null,
    peerSha256: null,
    class: n % 10 === 0 ? ('security' as const) : ('decision' as const),
    code: n % 10 === 0 ? 'replay_detected' : 'accepted',
    recordedAtMs: START + n * 1000,
  });
  let first = 0;

  /** Every page of it, with a clock that lets a search look at one window only. */
  const all = async (over: Partial<AuditSearch>, isHasty = true) => {
    const found: number[] = [];
    let tick = 0;
    const clock = (): number => {
      if (isHasty) tick += 1e6;
      return tick;
    };
    for (let below: number | null = null, isFirst = true; isFirst || below !== null; isFirst = false) {
      const page = await searchAudit(store().db, { ...EVERYTHING, ...over, below }, clock);
      found.push(...page.rows.map(({ sequence }) => sequence - first));
      below = page.next;
    }
    return found;
  };
  const expected = (matches: (n: number) => boolean) =>
    Array.from({ length: ENTRIES }, (_, n) => ENTRIES - 1 - n).filter(matches);

  test('finds what matches, newest first, whatever the window', async () => {
    const { db } = store();
    const drafts = Array.from({ length: ENTRIES }, (_, n) => draft(n));
    first = (await db.transaction((tx) => appendAudit(tx, drafts))) ?? 0;
    const span = { from: new Date(START), to: new Date(START + ENTRIES * 1000) };
    for (const isHasty of [true, false]) {
      expect(await all({ ...span, actor: 'rare', limit: 3 }, isHasty)).toEqual(
        expected((n) => n % 400 === 0),
      );
      expect(await all({ ...span, code: 'replay_detected', limit: 100 }, isHasty)).toEqual(
        expected((n) => n % 10 === 0),
      );
      expect(await all({ ...span, class: 'security', scope: [mine], limit: 100 }, isHasty)).toEqual(
        expected((n) => n % 30 === 0),
      );
      expect(await all({ ...span, scope: [mine, other], actor: 'rare' }, isHasty)).toEqual(
        expected((n) => n % 400 === 0 && n % 3 !== 2),
      );
    }
    const hour = { from: new Date(START + 500_000), to: new Date(START + 600_000) };
    expect(await all({ ...hour, limit: 60 })).toEqual(expected((n) => n >= 500 && n < 600));
    expect(await all({ ...hour, scope: [other], limit: 60 })).toEqual(
      expected((n) => n >= 500 && n < 600 && n % 3 === 1),
    );
    expect(await all({ sequence: first + 5 })).toEqual([5]);
    expect(await all({ sequence: first + 5, scope: [mine] })).toEqual([]);
    expect(await all({ request: drafts[6]?.requestId ?? '', scope: [mine] })).toEqual([6]);
  });

  test('events are counted once, also where counting died between', async () => {
    const { db } = store();
    const party = newParty();
    const commit = createCommit(db, {
      nonceTtlSeconds: 120,
      nonceLimitPerIdentity: 1_000,
      rateLimitPerMinute: 0,
    });
    const [state] = await rowsOf<{ version: number }>(db, 'SELECT version FROM trust_state');
    const over = { trustVersion: state?.version ?? 0 };
    const send = (id: string, changes: object) => commit([telemetry(party, [event(id, changes)], over)]);
    const counts = () =>
      rowsOf(
        db,
        `SELECT span, technique, sum(events)::int AS events, sum(findings)::int AS findings FROM technique_counts
          WHERE tenant_id = '${party.tenantId}' GROUP BY 1, 2 ORDER BY 1, 2`,
      );
    const drain = async () => {
      for (let counted = await countTechniques(db); counted !== 'busy' && counted.more; )
        counted = await countTechniques(db);
    };
    await send('c-1', { severity: 'critical', techniques: ['T1059', 'T1059', 'T1566'] });
    await send('c-1', { severity: 'critical', techniques: ['T1059', 'T1059', 'T1566'] });
    const dying = {
      ...db,
      transaction: <Value>(work: Parameters<typeof db.transaction<Value>>[0]) =>
        db.transaction(async (tx) => {
          await work(tx);
          throw new Error('died');
        }),
    };
    await drain();
    await send('c-2', { severity: 'info', techniques: ['T1059'] });
    await expect(countTechniques(dying as typeof db)).rejects.toThrow('died');
    await drain();
    await drain();
    const row = (span: string, technique: string, events: number, findings: number) => ({
      span,
      technique,
      events,
      findings,
    });
    expect(await counts()).toEqual([
      row('day', 'T1059', 2, 1),
      row('day', 'T1566', 1, 1),
      row('hour', 'T1059', 2, 1),
      row('hour', 'T1566', 1, 1),
    ]);
  });
});
