import { expect, test } from '@jest/globals';
import { countTechniques } from '../../src/attack/count-techniques.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { Database } from '../../src/store/database.ts';
import { importKey, pinIdentity } from '../../src/trust/trust-store.ts';
import { author, makeKey, makePin } from '../trust/make-keys.ts';
import { asLogin } from './as-login.ts';
import {
  adjustment,
  event,
  evidence,
  newParty,
  type Party,
  refusal,
  request,
  telemetry,
} from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

/** What serve may change or remove, whole; of the tables below only these columns. Every other table is history to it. */
const SERVE_MAY = {
  delete: [
    'console_links',
    'console_logins',
    'console_sessions',
    'console_users',
    'identity_pins',
    'key_schedules',
    'nonce_counters',
    'nonce_sweeps',
    'nonces',
    'operator_buckets',
    'operator_tenants',
  ],
  // Of keys: where an exchange, a rotation and its schedule stand. What became of a key is in key_history.
  update: [
    'console_logins',
    'console_users',
    'forward_cursors',
    'identity_pins',
    'key_confirmations',
    'key_exchanges',
    'key_rotations',
    'key_schedules',
    'key_sets',
    'nonce_counters',
    'nonce_sweeps',
    'nonces',
    'operator_buckets',
    'operator_tenants',
    'service_identities',
    'technique_counts',
    'technique_progress',
    'tenants',
  ],
  columns: {
    adjustment_proposals: ['adjustment_id', 'decided_at', 'decided_by', 'decision_reason', 'state'],
    adjustments: [
      'attestation_measurement_hash',
      'change_reason',
      'changed_at',
      'changed_by',
      'confidence',
      'control',
      'execution_fingerprint',
      'expires_at',
      'issued_at',
      'promised_until',
      'rationale',
      'ttl_seconds',
      'withdrawn_at',
    ],
    audit_head: ['size'],
    console_links: ['used_at'],
    console_sessions: ['ended_at', 'ended_by', 'seen_at'],
    findings: ['changed_at', 'changed_by', 'reason', 'status'],
    keys: ['domain', 'not_after', 'not_before', 'reason', 'signer_uri', 'state', 'updated_at'],
  },
} as const;

/** Of no tenant, and shown to every reader: hashes, sizes, versions, and whom a login may read. */
const OF_NO_TENANT = [
  'audit_head',
  'log_checkpoints',
  'log_cosignatures',
  'log_tiles',
  'schema_migrations',
  'technique_progress',
  'trust_state',
];

async function stateOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

async function tablesOf(db: Pick<Database, 'query'>, where = 'true'): Promise<readonly string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'federation'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
       AND ${where} ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const HAS_TENANT = `EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = pg_class.oid AND a.attname = 'tenant_id')`;

forEachStore('what serve cannot do', (store) => {
  test('remove rows of any table that is history, empty any table, or change what was written', async () => {
    const { db } = store();
    const tables = await tablesOf(db);
    expect(tables).toEqual(
      expect.arrayContaining(['audit_log', 'events', 'evidence', 'graphs', 'key_history']),
    );
    const deletable: string[] = [];
    const updatable: string[] = [];
    const columns: Record<string, string[]> = {};
    for (const table of tables) {
      expect([table, await stateOf(rowsOf(db, `TRUNCATE ${table} CASCADE`))]).toEqual([table, '42501']);
      if ((await stateOf(rowsOf(db, `DELETE FROM ${table} WHERE false`))) !== '42501') deletable.push(table);
      const granted = await rowsOf<{ name: string; may: boolean }>(
        db,
        `SELECT attname::text AS name, has_column_privilege('vectorvue_serve', attrelid, attnum, 'UPDATE') AS may
           FROM pg_attribute WHERE attrelid = 'federation.${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1`,
      );
      const names = granted.filter(({ may }) => may).map(({ name }) => name);
      if (names.length === granted.length) updatable.push(table);
      else if (names.length > 0) columns[table] = names;
    }
    expect({ delete: deletable, update: updatable, columns }).toEqual(SERVE_MAY);
  });

  test('bring back a revoked key, write its history, or make somebody else of it', async () => {
    const { db } = store();
    const { identity } = newParty();
    const { key } = makeKey();
    await pinIdentity(db, author(), { identity, sha256: makePin(identity), limits: null });
    const named = { owner: identity, purposes: ['telemetry'] as const, kid: key.kid, key };
    await importKey(db, author('why'), {
      ...named,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
    });
    for (const [text, state] of [
      [`UPDATE keys SET state = 'revoked' WHERE owner = '${identity}'`, 'nothing thrown'],
      [`UPDATE keys SET state = 'active' WHERE owner = '${identity}'`, '23514'],
      [`UPDATE keys SET public_key = public_key`, '42501'],
      [`UPDATE keys SET owner = 'other'`, '42501'],
      [`DELETE FROM keys`, '42501'],
      [`UPDATE key_history SET state = 'active'`, '42501'],
      [`DELETE FROM key_history`, '42501'],
      [`INSERT INTO key_history OVERRIDING SYSTEM VALUE SELECT * FROM key_history`, '42501'],
      // The private half of a peer's key is nobody's here.
      [`UPDATE keys SET signer_uri = 'file:x' WHERE owner = '${identity}'`, '23514'],
    ]) {
      expect([text, await stateOf(rowsOf(db, text ?? ''))]).toEqual([text, state]);
    }
    const history = await rowsOf(
      db,
      `SELECT state, actor, reason FROM key_history WHERE owner = $1 ORDER BY change_id`,
      [identity],
    );
    // The second was no change of ours: who did it said neither who he is nor why.
    expect(history).toEqual([
      { state: 'active', actor: 'cli:tester', reason: 'why' },
      { state: 'revoked', actor: null, reason: null },
    ]);
  });
});

forEachStore('what a reader of one tenant sees', (store) => {
  const mine = newParty();
  const other = newParty();

  /** Something of this party in every table. */
  async function fill(party: Party): Promise<void> {
    const { db, asOwner } = store();
    const { tenantId, identity, operatorId } = party;
    const { key } = makeKey();
    await rowsOf(db, 'INSERT INTO tenants (tenant_id) VALUES ($1)', [tenantId]);
    await rowsOf(db, `INSERT INTO operator_tenants VALUES ($1, $2, 'cli')`, [operatorId, tenantId]);
    await pinIdentity(db, author(), { identity, sha256: makePin(identity), limits: null });
    const named = { owner: identity, purposes: ['telemetry'] as const, kid: key.kid, key };
    // Of a third tenant, too, which a reader of this one does not learn.
    const domain = [tenantId, newParty().tenantId];
    const imported = { state: 'active', notBefore: null, notAfter: null } as const;
    await importKey(db, author(), { ...named, domain, ...imported });
    await asOwner(`INSERT INTO federation.retention_rules VALUES ('${tenantId}', 'decision', 'entry', 30, 'me', now());
      INSERT INTO federation.forward_cursors (destination, next_sequence) VALUES ('${identity}', 0);
      INSERT INTO federation.key_sets VALUES ('${identity}', 1, NULL, now());
      INSERT INTO federation.key_exchanges VALUES ('${tenantId}', '${identity}', now());
      INSERT INTO federation.key_confirmations VALUES ('${tenantId}', '${identity}', 'k', now());
      INSERT INTO federation.key_rotations (tenant_id, rotation_id, purpose, state, new_kid, old_kids, overlap_seconds,
        scheduled, started_by, started_at, alert_at)
        VALUES ('${tenantId}', gen_random_uuid(), 'feedback', 'retired', 'k', '{}', 0, false, 'me', now(), now());
      INSERT INTO federation.key_schedules VALUES ('${tenantId}', 'feedback', 60, 0, 0, now(), 'me', now());
      INSERT INTO federation.adjustment_proposals (tenant_id, proposal_id, change, draft, action, target_urn, proposed_by,
        proposed_at, reason, expires_at)
        VALUES ('${tenantId}', gen_random_uuid(), 'issue', '{}', 'deny', 'urn:x', 'me', now(), 'why', now())`);
    const [state] = await rowsOf<{ version: number }>(db, 'SELECT version FROM trust_state');
    const over = { trustVersion: state?.version ?? 0 };
    const graph = {
      executionFingerprint: 'a'.repeat(64),
      attestationMeasurementHash: 'b'.repeat(64),
      targetUrn: 'urn:x',
      nodeCount: 1,
    };
    const outcomes = await createCommit(
      db,
      LIMITS,
    )([
      telemetry(party, [event('e1', { severity: 'high' })], over),
      refusal(party, Buffer.from('x'), over),
      request(party, { kind: 'graph', evidence: evidence(), graph, adjustments: [adjustment()] }, over),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['committed', 'committed', 'committed']);
    await countTechniques(db);
  }

  test('is nothing of another, in every table that readers may read', async () => {
    await fill(mine);
    await fill(other);
    const { key: general } = makeKey();
    await importKey(store().db, author(), {
      owner: '@gateway',
      purposes: ['feedback'],
      kid: general.kid,
      key: general,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
    });
    await store().asOwner(`CREATE ROLE of_one LOGIN PASSWORD 'secret' IN ROLE vectorvue_read;
      INSERT INTO federation.tenant_readers VALUES ('of_one', '${mine.tenantId}')`);
    const { db } = store();
    const readable = await tablesOf(db, `has_table_privilege('vectorvue_read', oid, 'SELECT')`);
    const ofTenants = (await tablesOf(db, HAS_TENANT)).filter((table) => readable.includes(table));
    const rest = readable.filter((table) => !ofTenants.includes(table) && !OF_NO_TENANT.includes(table));
    expect(ofTenants).toEqual(
      expect.arrayContaining(['adjustments', 'audit_log', 'evidence', 'retention_rules']),
    );
    expect(rest).toEqual([
      'forward_cursors',
      'identity_pins',
      'key_history',
      'key_sets',
      'keys',
      'service_identities',
    ]);
    for (const table of ofTenants.filter((name) => name !== 'tenant_readers')) {
      // What is not there cannot be hidden: the other has rows in each of them.
      expect([table, await countOf(db, `${table} WHERE tenant_id = '${other.tenantId}'`)]).not.toEqual([
        table,
        0,
      ]);
    }
    for (const table of rest) expect([table, await countOf(db, table)]).not.toEqual([table, 0]);

    const all = await tablesOf(db);
    const unreadable = all.filter((table) => !readable.includes(table));
    expect(unreadable).toEqual([
      'console_links',
      'console_logins',
      'console_sessions',
      'console_users',
      'nonce_counters',
      'nonce_sweeps',
      'nonces',
      'operator_buckets',
    ]);

    const [foreign] = await rowsOf<{ public_key: Uint8Array }>(
      db,
      `SELECT public_key FROM keys WHERE owner = '${other.identity}'`,
    );
    await asLogin(store(), 'of_one', async (reader) => {
      for (const setting of ['', mine.tenantId, other.tenantId, '*']) {
        await rowsOf(reader, `SELECT set_config('vectorvue.tenant', $1, false)`, [setting]);
        const whose = setting === '' || setting === mine.tenantId ? [{ tenant_id: mine.tenantId }] : [];
        for (const table of ofTenants.filter((name) => name !== 'tenant_readers')) {
          const seen = await rowsOf(reader, `SELECT DISTINCT tenant_id FROM ${table}`);
          expect({ table, setting, seen }).toEqual({ table, setting, seen: whose });
          const asked = await countOf(reader, `${table} WHERE tenant_id = '${other.tenantId}'`);
          expect({ table, setting, asked }).toEqual({ table, setting, asked: 0 });
        }
        for (const table of rest) expect([table, await countOf(reader, table)]).toEqual([table, 0]);
        // Of keys, which have several tenants or none, it sees those that concern it, and no other's tenant.
        const keys = await rowsOf<{ public_key: Uint8Array; owner: string; domain: string[] }>(
          reader,
          'SELECT owner, domain, public_key FROM reader_keys() ORDER BY owner',
        );
        const concerned =
          whose.length === 0
            ? []
            : [
                ['@gateway', []],
                [mine.identity, [mine.tenantId]],
              ];
        expect(keys.map(({ owner, domain }) => [owner, domain])).toEqual(concerned);
        const lives = await rowsOf(reader, 'SELECT owner, state FROM reader_key_history($1) ORDER BY owner', [
          keys.map(({ public_key: key }) => key),
        ]);
        expect(lives).toEqual(concerned.map(([owner]) => ({ owner, state: 'active' })));
        const asked = [[foreign?.public_key ?? null]];
        expect(await rowsOf(reader, 'SELECT state FROM reader_key_history($1)', asked)).toEqual([]);
      }
      for (const table of unreadable) {
        expect([table, await stateOf(rowsOf(reader, `SELECT * FROM ${table}`))]).toEqual([table, '42501']);
      }
      for (const table of all) {
        for (const text of [
          `DELETE FROM ${table}`,
          `TRUNCATE ${table}`,
          `INSERT INTO ${table} DEFAULT VALUES`,
        ]) {
          expect([text, await stateOf(rowsOf(reader, text))]).toEqual([text, '42501']);
        }
      }
    });
  });
});
