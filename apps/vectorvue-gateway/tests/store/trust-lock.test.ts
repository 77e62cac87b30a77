import { expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { appendAudit } from '../../src/audit/append.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { event, newParty, summary, telemetry } from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

forEachStore('trust', (store, onPostgres) => {
  const version = async () => {
    const [row] = await rowsOf<{ version: number }>(store().db, 'SELECT version FROM trust_state');
    return row?.version ?? -1;
  };

  test('every change raises the version and is announced; what changes nothing is not', async () => {
    const heard: string[] = [];
    const stop = await store().db.listen('trust_changed', (payload) => heard.push(payload));
    const before = await version();
    const { tenantId, identity, operatorId } = newParty();
    const key = `\\x${'ab'.repeat(32)}`;
    for (const text of [
      `INSERT INTO tenants (tenant_id) VALUES ('${tenantId}')`,
      `UPDATE tenants SET state = 'suspended' WHERE tenant_id = '${tenantId}'`,
      `INSERT INTO service_identities (identity, source) VALUES ('${identity}', 'cli')`,
      `INSERT INTO identity_pins (identity, sha256, source) VALUES ('${identity}', '${'c'.repeat(64)}', 'cli')`,
      `INSERT INTO operator_tenants VALUES ('${operatorId}', '${tenantId}', 'cli')`,
      `INSERT INTO keys (owner, purpose, kid, public_key, state, source)
       VALUES ('${identity}', 'telemetry', 'k', '${key}', 'active', 'cli')`,
      `UPDATE keys SET state = 'revoked' WHERE owner = '${identity}'`,
      `DELETE FROM identity_pins WHERE identity = '${identity}'`,
    ]) {
      await rowsOf(store().db, text);
    }
    const after = await version();
    expect(after).toBe(before + 8);
    await rowsOf(store().db, `DELETE FROM operator_tenants WHERE operator_id = 'nobody'`);
    await rowsOf(store().db, `INSERT INTO tenants (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING`, [
      tenantId,
    ]);
    expect(await version()).toBe(after);
    for (let wait = 0; heard.length < 8 && wait < 100; wait += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual(Array.from({ length: 8 }, (_, n) => String(before + 1 + n)));
    await stop();
  });

  test('one key serves one purpose, except telemetry and evidence', async () => {
    const owner = newParty().identity;
    const insert = (purpose: string, byte: string, kid = 'k') =>
      rowsOf(
        store().db,
        `INSERT INTO keys (owner, purpose, kid, public_key, state, source) VALUES ($1, $2, $3, $4, 'active', 'cli')`,
        [owner, purpose, kid, new Uint8Array(Buffer.from(byte.repeat(32), 'hex'))],
      );
    await insert('telemetry', '01');
    await insert('evidence', '01');
    await insert('feedback', '02');
    for (const [purpose, byte] of [
      ['feedback', '01'],
      ['witness', '01'],
      ['telemetry', '02'],
      ['audit', '02'],
    ] as const) {
      await expect(insert(purpose, byte, 'other')).rejects.toMatchObject({
        code: '23514',
        constraint: expect.anything(),
      });
    }
  });

  onPostgres(
    'a revocation waits for the commits that are under way, and what comes after it is judged again',
    async () => {
      const party = newParty();
      const trustVersion = await version();
      const committer = await store().another();
      const writer = await store().another();
      const order: string[] = [];
      // A commit that has passed the check and is held before its end: its transaction is open while we hold the head.
      const holder = await store().another();
      let release = () => {};
      let held: Promise<void> = Promise.resolve();
      await new Promise<void>((headIsLocked) => {
        held = holder.transaction(async (tx) => {
          await rowsOf(tx, 'SELECT size FROM audit_head FOR UPDATE');
          await new Promise<void>((resolve) => {
            release = resolve;
            headIsLocked();
          });
        });
      });
      const locks = async (granted: boolean) => {
        const [row] = await rowsOf<{ n: number }>(
          store().db,
          `SELECT count(*)::int AS n FROM pg_locks
          WHERE locktype = 'advisory' AND objid = 7310100 AND granted = $1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          [granted],
        );
        return row?.n ?? 0;
      };
      const until = async (granted: boolean, count: number) => {
        while ((await locks(granted)) < count) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      const inFlight = createCommit(
        committer,
        LIMITS,
      )([telemetry(party, [event('e1')], { trustVersion })]).then((got) => {
        order.push('commit');
        return got;
      });
      await until(true, 1);
      const revocation = rowsOf(writer, `INSERT INTO tenants (tenant_id) VALUES ($1)`, [party.tenantId]).then(
        () => order.push('revocation'),
      );
      await until(false, 1);
      const late = createCommit(store().db, LIMITS)([telemetry(party, [event('e2')], { trustVersion })]);
      await until(false, 2);
      expect(order).toEqual([]);
      release();
      await held;
      // Which of the two answers is heard first is the network's business: that the commit was accepted, under the
      // version that the revocation ended, is what shows who was first.
      expect(summary(await inFlight)).toEqual(['committed:accepted']);
      await revocation;
      expect(summary(await late)).toEqual(['trust-changed']);
      expect(await countOf(store().db, 'events WHERE tenant_id = $1', [party.tenantId])).toBe(1);
    },
  );

  test('a trust change and its audit entry are one', async () => {
    const { tenantId } = newParty();
    const draft = {
      requestId: uuidv7(),
      class: 'trust' as const,
      action: 'tenant.create',
      actor: 'cli:test',
      code: 'changed',
      tenantId,
      operatorId: null,
      subject: 'why \u0000',
      evidenceSha256: null,
      kid: null,
      peerSha256: null,
    };
    const change = (fail: boolean) =>
      store().db.transaction(async (tx) => {
        await rowsOf(tx, 'INSERT INTO tenants (tenant_id) VALUES ($1)', [tenantId]);
        const sequence = await appendAudit(tx, [
          draft,
          { ...draft, requestId: uuidv7(), recordedAtMs: 1_000 },
        ]);
        if (fail) throw new Error('after all not');
        return sequence;
      });
    await expect(change(true)).rejects.toThrow('after all not');
    expect(await countOf(store().db, 'audit_log WHERE tenant_id = $1', [tenantId])).toBe(0);
    const sequence = await change(false);
    expect(
      await rowsOf(store().db, 'SELECT sequence, code FROM audit_log WHERE tenant_id = $1 ORDER BY 1', [
        tenantId,
      ]),
    ).toEqual([
      { sequence, code: 'changed' },
      { sequence: (sequence ?? 0) + 1, code: 'changed' },
    ]);
  });
});
