import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_BATCH_BYTES } from '@nyxera/federation-protocol';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { recheckEvidence } from '../../src/cli/recheck-evidence.ts';
import { findEvent } from '../../src/store/read/find-event.ts';
import { runCommand } from '../cli/run-command.ts';
import { batch, batchItem, PATHS } from '../support/batch-requests.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  HASH,
  OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { newNonce, type Prepared, payload, signed, telemetry, withHeader } from '../support/requests.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ fast: true });
});
afterAll(() => postgres.stop());

describe.each(['embedded', 'postgres'])('batches over real TLS, %s (PROTOCOL.md section 6)', (kind) => {
  let federation: Federation;
  let gateway: TestGateway;
  let environment: Record<string, string>;

  beforeAll(async () => {
    federation = await createFederation();
    environment = kind === 'postgres' ? { DATABASE_URL: await postgres.createDatabase() } : {};
    gateway = await startTestGateway(federation, {
      VV_TG_ALLOWED_SCHEMA_VERSIONS: '1.0,2.0',
      VV_TG_FINGERPRINT_POLICY: 'enforce',
      VV_TG_REFUSAL_SAMPLES_PER_MINUTE: '1000',
      ...environment,
    });
  });
  afterAll(async () => {
    await gateway?.close();
    federation.remove();
  });

  const post = (prepared: Prepared): Promise<Received> => send(federation, gateway.listen, prepared);
  const codeOf = async (prepared: Prepared): Promise<string> => {
    const received = await post(prepared);
    return received.json?.errors?.[0]?.error_code ?? String(received.status);
  };
  const eventsOf = (requestId: string) =>
    gateway.db.query<{ event_id: string; evidence_index: number; severity: string }>(
      {
        name: 'test-batch-events',
        text: 'SELECT event_id, evidence_index, severity FROM events WHERE request_id = $1 ORDER BY evidence_index',
      },
      [requestId],
    );

  test('all accepted: in order, one evidence row, one audit entry an item, events point into the evidence', async () => {
    const evidence = await gateway.count('evidence');
    const items = ['first', 'second', 'third'].map((id) => batchItem({ event_id: `order-${id}` }));
    const { status, json } = await post(batch(federation, items));
    expect([status, json]).toEqual([
      202,
      {
        request_id: expect.any(String),
        status: 'accepted',
        accepted: 3,
        duplicates: 0,
        rejected: 0,
        results: ['first', 'second', 'third'].map((id) => ({ event_id: `order-${id}`, status: 'accepted' })),
      },
    ]);
    expect(await gateway.count('evidence')).toBe(evidence + 1);
    expect(await eventsOf(json.request_id)).toMatchObject([
      { event_id: 'order-first', evidence_index: 0 },
      { event_id: 'order-second', evidence_index: 1 },
      { event_id: 'order-third', evidence_index: 2 },
    ]);
    const entries = await gateway.audit(json.request_id);
    expect(entries.map(({ action, code }) => [action, code])).toEqual(
      Array(3).fill(['telemetry.batch', 'accepted']),
    );
  });

  test('mixed: every kind of item beside every other, each with its own answer and audit entry', async () => {
    const known = payload({ event_id: 'mixed-known' });
    const stands = payload({ event_id: 'mixed-conflict' });
    for (const each of [known, stands])
      expect((await post(telemetry(federation, { payload: each }))).status).toBe(202);
    const fingerprint = {
      manifest_hash: 'mh-1',
      tool_sha256: 'sha256:1',
      policy_decision_hash: 'ph-1',
      fingerprint_timestamp: '2026-02-26T12:00:00Z',
    };
    const items: [unknown, object][] = [
      [
        batchItem({ event_id: 'mixed-good', severity: 'critical' }),
        { event_id: 'mixed-good', status: 'accepted' },
      ],
      [null, { event_id: null, status: 'rejected', error_code: 'schema_invalid', path: '' }],
      [
        batchItem({ event_id: 'mixed-bad', severity: 'severe' }),
        {
          event_id: 'mixed-bad',
          status: 'rejected',
          error_code: 'schema_invalid',
          path: '/payload/severity',
        },
      ],
      [
        batchItem({ event_id: 'a b' }),
        { event_id: null, status: 'rejected', error_code: 'schema_invalid', path: '/payload/event_id' },
      ],
      [
        { ...batchItem({ event_id: 'mixed-extra' }), extra: 1 },
        { event_id: 'mixed-extra', status: 'rejected', error_code: 'schema_invalid', path: '' },
      ],
      [
        { execution_hash: HASH, payload: known },
        { event_id: 'mixed-known', status: 'duplicate' },
      ],
      [
        { execution_hash: HASH, payload: { ...stands, severity: 'high' } },
        { event_id: 'mixed-conflict', status: 'rejected', error_code: 'event_conflict' },
      ],
      [
        batchItem({ event_id: 'mixed-v' }, { schema_version: '9.9' }),
        {
          event_id: 'mixed-v',
          status: 'rejected',
          error_code: 'schema_version_unsupported',
          path: '/payload/attributes/schema_version',
        },
      ],
      [
        batchItem({ event_id: 'mixed-nov' }, { schema_version: undefined }),
        {
          event_id: 'mixed-nov',
          status: 'rejected',
          error_code: 'schema_version_missing',
          path: '/payload/attributes/schema_version',
        },
      ],
      [
        batchItem({ event_id: 'mixed-v2' }, { schema_version: '2.0' }),
        {
          event_id: 'mixed-v2',
          status: 'rejected',
          error_code: 'contract_v2_invalid',
          path: '/payload/attributes/contract_v2',
        },
      ],
      [
        batchItem({ event_id: 'mixed-print' }, fingerprint),
        { event_id: 'mixed-print', status: 'rejected', error_code: 'fingerprint_mismatch', path: '' },
      ],
      [batchItem({ event_id: 'mixed-twice' }), { event_id: 'mixed-twice', status: 'accepted' }],
      [
        batchItem({ event_id: 'mixed-twice', severity: 'high' }),
        { event_id: 'mixed-twice', status: 'rejected', error_code: 'event_conflict' },
      ],
      [batchItem({ event_id: 'mixed-twice' }), { event_id: 'mixed-twice', status: 'duplicate' }],
      [batchItem({ event_id: 'mixed-last' }), { event_id: 'mixed-last', status: 'accepted' }],
    ];
    const { status, json } = await post(
      batch(
        federation,
        items.map(([item]) => item),
      ),
    );
    expect(status).toBe(202);
    expect(json.results).toEqual(items.map(([, result]) => result));
    expect(json).toMatchObject({ accepted: 3, duplicates: 2, rejected: 10 });
    expect(await eventsOf(json.request_id)).toMatchObject([
      { event_id: 'mixed-good', evidence_index: 0 },
      { event_id: 'mixed-twice', evidence_index: 11, severity: 'low' },
      { event_id: 'mixed-last', evidence_index: 14 },
    ]);
    const entries = await gateway.audit(json.request_id);
    const expected = items.map(([, result]) => {
      const { status: outcome, error_code: code } = result as { status: string; error_code?: string };
      return code ?? outcome;
    });
    expect(entries.map(({ code }) => code)).toEqual(expected);
    expect(entries.filter((entry) => entry.class === 'security').map(({ code }) => code)).toEqual([
      'event_conflict',
      'event_conflict',
    ]);
    expect(await gateway.audit(json.request_id)).toHaveLength(items.length);
  });

  test('an event that a batch stored verifies from its evidence, by hand and by `events show`', async () => {
    const items = [null, batchItem({ event_id: 'shown-a' }), batchItem({ event_id: 'shown-b' }, { n: 1.5 })];
    const { json } = await post(batch(federation, items));
    for (const [eventId, index] of [
      ['shown-a', 1],
      ['shown-b', 2],
    ] as const) {
      const [event] = await findEvent(gateway.db, { tenantId: TENANT, eventId, operatorId: OPERATOR });
      if (event === undefined) throw new Error('the event is not there');
      expect([event.request_id, event.evidence_index]).toEqual([json.request_id, index]);
      const { payload: shown, checks } = recheckEvidence(event);
      expect(checks.map(({ ok }) => ok)).toEqual(Array(6).fill(true));
      expect(shown).toContain(`"event_id":"${eventId}"`);
    }
    if (kind === 'embedded') return;
    const shown = await runCommand(environment, ['events', 'show', 'shown-b', '--tenant', TENANT, '--json']);
    expect(shown.json).toMatchObject({ ok: true, evidence: { index: 2, endpoint: 'telemetry-batch' } });
  });

  test('the same batch again: replayed as bytes, duplicates when signed afresh; single and batch know each other', async () => {
    const items = [batchItem({ event_id: 'again-1' }), batchItem({ event_id: 'again-2' })];
    const first = batch(federation, items);
    expect((await post(first)).status).toBe(202);
    const before = await Promise.all(['events', 'evidence'].map((table) => gateway.count(table)));
    const replayed = await post(first);
    expect([replayed.status, replayed.json.errors[0].error_code]).toEqual([409, 'replay_detected']);
    expect((await gateway.audit(replayed.json.request_id)).map(({ code }) => code)).toEqual([
      'replay_detected',
    ]);
    expect((await post(batch(federation, items))).json).toMatchObject({
      accepted: 0,
      duplicates: 2,
      rejected: 0,
    });
    const single = await post(telemetry(federation, { payload: items[0]?.payload }));
    expect([single.status, single.json.duplicate]).toEqual([202, true]);
    expect(await Promise.all(['events', 'evidence'].map((table) => gateway.count(table)))).toEqual(before);
  });

  test('nothing accepted: 202, no event, no evidence, the nonce is claimed', async () => {
    const before = await Promise.all(['events', 'evidence'].map((table) => gateway.count(table)));
    const prepared = batch(federation, [1, 'x']);
    expect((await post(prepared)).json).toMatchObject({ accepted: 0, duplicates: 0, rejected: 2 });
    expect(await codeOf(prepared)).toBe('replay_detected');
    expect(await Promise.all(['events', 'evidence'].map((table) => gateway.count(table)))).toEqual(before);
  });

  test('1000 items are taken, 1001 refused as a whole, none refused', async () => {
    const items = Array.from({ length: 1000 }, (_, index) => batchItem({ event_id: `many-${index}` }));
    const { status, json } = await post(batch(federation, items));
    expect([status, json.accepted, json.results.length]).toEqual([202, 1000, 1000]);
    expect(json.results.map((result: { event_id: string }) => result.event_id)).toEqual(
      items.map((_, index) => `many-${index}`),
    );
    const before = await gateway.count('events');
    for (const bad of [[...items, batchItem()], []]) {
      const refused = await post(batch(federation, bad));
      expect([refused.status, refused.json.errors[0]]).toEqual([
        422,
        expect.objectContaining({ error_code: 'schema_invalid', path: '/items' }),
      ]);
    }
    expect(await gateway.count('events')).toBe(before);
  });

  test('8 MiB here and only here', async () => {
    const exactly = (bytes: number): Prepared => {
      const nonce = newNonce();
      const bare = batch(federation, [batchItem({ event_id: `big-${bytes}` }, { filler: '' })], { nonce });
      const filler = 'x'.repeat(bytes - bare.body.length);
      return batch(federation, [batchItem({ event_id: `big-${bytes}` }, { filler })], { nonce });
    };
    const largest = exactly(MAX_BATCH_BYTES);
    expect(largest.body.length).toBe(MAX_BATCH_BYTES);
    expect((await post(largest)).json).toMatchObject({ accepted: 1 });
    const over = await post(exactly(MAX_BATCH_BYTES + 1));
    expect([over.status, over.json.errors[0].error_code]).toEqual([413, 'payload_too_large']);
    expect(
      await codeOf(telemetry(federation, { payload: payload({}, { filler: 'x'.repeat(1_048_577) }) })),
    ).toBe('payload_too_large');
  });

  test('envelope faults refuse the whole, the earlier one first', async () => {
    const good = batchItem();
    const stranger = createTestKey();
    const rows: [string, Prepared][] = [
      ['unsupported_media_type', withHeader(batch(federation, [good]), 'Content-Type', 'text/plain')],
      ['peer_identity_rejected', batch(federation, [good], { identity: 'x', key: stranger })],
      ['timestamp_out_of_window', batch(federation, [good], { timestamp: 1, key: stranger })],
      ['signature_invalid', batch(federation, [null], { key: stranger })],
      ['invalid_json', signed(federation, PATHS.batch, () => Buffer.from('{'))],
      ['non_canonical_json', signed(federation, PATHS.batch, () => Buffer.from('{ }'))],
      ['schema_invalid', batch(federation, [good], {}, { campaign_id: '', nonce: 'another-nonce' })],
      [
        'signed_header_mismatch',
        batch(federation, [good], {}, { nonce: 'another-nonce', operator_id: 'op-x' }),
      ],
      [
        'signed_metadata_mismatch',
        batch(
          federation,
          [good],
          {},
          { signed_metadata: { operator_id: 'y', tenant_id: 'y', campaign_id: 'y' } },
        ),
      ],
      ['operator_not_mapped', batch(federation, [null], {}, { operator_id: 'op-unknown' })],
      ['tenant_mapping_violation', batch(federation, [null], {}, { tenant_id: OTHER_TENANT })],
    ];
    const before = await gateway.count('events');
    for (const [code, prepared] of rows) expect([code, await codeOf(prepared)]).toEqual([code, code]);
    const got = await send(federation, gateway.listen, batch(federation, [good]), { method: 'GET' });
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
    expect(await gateway.count('events')).toBe(before);
  });

  test('the audit log verifies after all of that', async () => {
    expect(await verifyAuditLog(gateway.db)).toMatchObject({ ok: true });
  });
});

test('rate limit: admitted while one token is left, into debt by its items; identical bytes succeed later', async () => {
  const federation = await createFederation();
  const gateway = await startTestGateway(federation, {
    DATABASE_URL: await postgres.createDatabase(),
    VV_TG_RATE_LIMIT_PER_MINUTE: '3',
  });
  try {
    const post = (prepared: Prepared) => send(federation, gateway.listen, prepared);
    const tokens = async (): Promise<number> => {
      const [row] = await gateway.db.query<{ tokens: number }>({
        name: 'test-tokens',
        text: 'SELECT tokens FROM operator_buckets',
      });
      return row?.tokens ?? Number.NaN;
    };
    const many = Array.from({ length: 10 }, () => batchItem());
    expect((await post(batch(federation, many))).json).toMatchObject({ accepted: 10 });
    expect(Math.ceil(await tokens())).toBeLessThanOrEqual(-6);
    const waiting = batch(federation, [batchItem()]);
    const refused = await post(waiting);
    expect([refused.status, refused.json.errors[0].error_code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    // A whole refusal is none of the operator's; nor is it rate-limited.
    expect((await post(batch(federation, []))).status).toBe(422);
    await gateway.db.query({ name: 'test-refill', text: 'UPDATE operator_buckets SET tokens = 1' });
    expect((await post(waiting)).status).toBe(202);
  } finally {
    await gateway.close();
    federation.remove();
  }
});
