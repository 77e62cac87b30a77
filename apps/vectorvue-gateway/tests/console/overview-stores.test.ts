/** What the overview and the refusals read, on both kinds of database: counting in steps, and every warning. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { readAgents } from '../../src/console/overview/agents.ts';
import { MINUTE_MS, Traffic } from '../../src/console/overview/traffic.ts';
import { warnOfLog } from '../../src/console/overview/warn-of-log.ts';
import { warnOfTrust } from '../../src/console/overview/warn-of-trust.ts';
import { countRefusals, listRefusals } from '../../src/store/read/list-refusals.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';

const TENANT = randomUUID();
const QUIET = randomUUID();
const DAYS = `interval '1 day'`;
const ENTRIES = 1800;
/** A look's; fewer than there are. */
const CHUNK = 700;

/** A log whose first third is older than the window, with a refusal in a hundred; and all that wants a hand. */
const FILL = `
INSERT INTO federation.tenants (tenant_id, name, state) VALUES ('${TENANT}', 'Acme', 'suspended'), ('${QUIET}', 'Quiet', 'suspended');
INSERT INTO federation.operator_tenants (operator_id, tenant_id, source) VALUES ('op-a', '${TENANT}', 'cli'), ('op-q', '${QUIET}', 'cli');
INSERT INTO federation.service_identities (identity, source) VALUES ('agent-a', 'cli'), ('agent-silent', 'cli');
INSERT INTO federation.identity_pins (identity, sha256, source, not_after) VALUES
  ('agent-a', repeat('a', 64), 'cli', now() + 2 * ${DAYS}),
  ('agent-silent', repeat('b', 64), 'cli', now() + 2 * ${DAYS}), ('agent-silent', repeat('c', 64), 'cli', NULL);
INSERT INTO federation.keys (owner, purpose, kid, public_key, state, source, domain, not_after) VALUES
  ('agent-a', 'telemetry', 'ending', sha256('1'), 'active', 'cli', ARRAY['${TENANT}'], now() + 3 * ${DAYS}),
  ('agent-a', 'evidence', 'followed', sha256('2'), 'active', 'cli', NULL, now() + 3 * ${DAYS}),
  ('agent-a', 'evidence', 'following', sha256('3'), 'active', 'cli', NULL, now() + 300 * ${DAYS}),
  ('@gateway', 'feedback', 'over', sha256('4'), 'active', 'cli', NULL, now() - ${DAYS}),
  ('wit', 'witness', 'witness', sha256('5'), 'active', 'cli', NULL, NULL);
INSERT INTO federation.key_exchanges (tenant_id, identity, exchanged_at) VALUES ('${TENANT}', 'agent-a', now());
INSERT INTO federation.key_rotations (tenant_id, rotation_id, purpose, state, new_kid, old_kids, overlap_seconds, scheduled, started_by,
    started_at, alert_at)
  VALUES ('${TENANT}', '${randomUUID()}', 'feedback', 'published', 'next', '{}', 0, false, 'cli:me', now(), now() - ${DAYS});
INSERT INTO federation.audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, entry, disclosure, leaf_hash)
SELECT n, gen_random_uuid(), now() - interval '90 minutes' * (1 - n / ${ENTRIES}.0), 'decision', 'telemetry', 'agent-a',
       CASE WHEN n % 200 = 0 THEN NULL ELSE '${TENANT}' END,
       CASE WHEN n % 200 = 0 THEN 'tenant_mapping_violation' WHEN n % 100 = 0 THEN 'schema_invalid' ELSE 'accepted' END, '',
       CASE WHEN n % 200 = 0 THEN '{"operator_id":{"salt":"","value":"op-a"}}' ELSE '{}' END, sha256('x')
  FROM generate_series(0, ${ENTRIES} - 1) AS n;
UPDATE federation.audit_head SET size = ${ENTRIES};
INSERT INTO federation.log_checkpoints (size, origin, root, note, kid, signed_at)
  VALUES (${ENTRIES / 2}, 'log', sha256('r'), '', 'audit', now() - 3 * ${DAYS});
INSERT INTO federation.forward_cursors (destination, next_sequence, failing_since, error_code) VALUES
  ('siem', 0, now(), 'connection_refused'), ('slow', 0, NULL, NULL), ('gone', 0, now(), 'timed_out'), ('well', ${ENTRIES}, NULL, NULL);
INSERT INTO federation.evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid, public_key,
    signature, header_timestamp, nonce, body, body_sha256)
SELECT '${TENANT}', gen_random_uuid(), '2026-01-01T00:00:00.9Z'::timestamptz + interval '1 minute' * n, 'telemetry', 'agent-a', '', 'op-' || n, 'k',
       sha256('1'), decode(repeat('ab', 64), 'hex'), extract(epoch FROM '2026-01-01T00:00:00Z'::timestamptz)::bigint + 60 * n - 7, '', '', sha256('')
  FROM generate_series(1, 3) AS n`;

forEachStore('the overview', (store) => {
  beforeAll(() => store().asOwner(FILL));

  test('the past is counted in steps, newest first, and what is older than the window is left out', async () => {
    const { db } = store();
    const traffic = new Traffic(db, CHUNK);
    await traffic.advance();
    expect(traffic.rows()).toEqual([]);
    expect(await traffic.stepBack()).toBe(true);
    expect(traffic.countedFromMs).toBeGreaterThan(traffic.fromMs + 10 * MINUTE_MS);
    const total = () =>
      traffic.rows().reduce((sum, { codes }) => sum + [...codes.values()].reduce((all, n) => all + n, 0), 0);
    expect(total()).toBe(CHUNK);
    expect(await traffic.stepBack()).toBe(true);
    expect(await traffic.stepBack()).toBe(false);
    expect(traffic.countedFromMs).toBe(traffic.fromMs);
    const [row] = await rowsOf<{ n: number }>(
      db,
      'SELECT count(*) AS n FROM audit_log WHERE recorded_at >= $1',
      [new Date(traffic.fromMs)],
    );
    expect(total()).toBe(row?.n);
    expect(row?.n).toBeLessThan(ENTRIES);
    expect(traffic.rows().filter(({ minuteMs }) => minuteMs < traffic.fromMs)).toEqual([]);
  });

  test('an identity’s last request is found whatever came since, with the distance of its clock', async () => {
    const { contacts, declared } = await readAgents(store().db);
    expect(contacts).toEqual([
      {
        identity: 'agent-a',
        tenantId: TENANT,
        operatorId: 'op-3',
        atMs: Date.parse('2026-01-01T00:03:00.900Z'),
        clockSkewSeconds: -7,
      },
    ]);
    expect(declared).toMatchObject([
      { identity: 'agent-a', code: 'schema_invalid' },
      { identity: 'agent-silent', code: null },
    ]);
  });

  test('keys, pins, rotations and suspended tenants want a hand, and nothing that is in order', async () => {
    const warnings = await warnOfTrust(store().db, Date.now());
    expect(
      warnings.map(({ kind, severity, subject, tenants }) => [kind, severity, subject, tenants]),
    ).toEqual([
      ['key_ends', 'critical', 'over', null],
      ['key_ends', 'warning', 'ending', [TENANT]],
      ['pin_ends', 'warning', 'agent-a', null],
      ['rotation_unconfirmed', 'warning', 'next', [TENANT]],
      ['tenant_suspended', 'warning', TENANT, [TENANT]],
    ]);
    expect(warnings[1]?.text).toBe('The telemetry key ending of agent-a ends in 3 days');
  });

  test('forwarding, signing and witnessing; a destination that is configured no longer is left alone', async () => {
    const settings = { destinations: ['siem', 'slow', 'well'], signs: true };
    const told = async (signs: boolean) =>
      (await warnOfLog(store().db, { ...settings, signs }, Date.now())).map(
        ({ kind, subject }) => `${kind} ${subject}`,
      );
    expect(await told(true)).toEqual([
      'forwarding_fails siem',
      'forwarding_late slow',
      'log_late ',
      'log_unwitnessed ',
    ]);
    expect(await told(false)).toEqual(['forwarding_fails siem', 'forwarding_late slow', 'log_unsigned ']);
  });

  test('refusals are counted up to a bound, which is said', async () => {
    const { db } = store();
    const query = {
      kind: 'refusals',
      scope: 'all-tenants',
      codes: null,
      actor: null,
      from: null,
      to: null,
    } as const;
    const { counts, isWhole } = await countRefusals(db, query);
    expect(counts.map(({ code, entries }) => [code, entries])).toEqual([
      ['schema_invalid', 9],
      ['tenant_mapping_violation', 9],
    ]);
    expect(isWhole).toBe(true);
    const own = await listRefusals(db, {
      ...query,
      scope: [TENANT, QUIET],
      codes: ['schema_invalid', 'other'],
      after: null,
      limit: 300,
    });
    expect([own.rows.length, own.next]).toEqual([9, null]);
    const sequences = own.rows.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((left, right) => right - left));
  });
});
