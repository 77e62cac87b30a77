/** Events and findings at the API: whose they are, what a filter may be, what the browser is given, who may change what. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { importPublicKey, requestSignatureInput, verifyEd25519 } from '@nyxera/federation-protocol';
import { withLoginSession } from '../../src/store/login-session.ts';
import { send } from '../support/client.ts';
import { IDENTITY, OPERATOR, OTHER_OPERATOR, OTHER_TENANT, TENANT } from '../support/federation.ts';
import { payload, telemetry } from '../support/requests.ts';
import { type ConsoleClient, type ConsoleWorld, openConsoleWorld } from './console-world.ts';

const HOSTILE = '=cmd|\u202e"<img src=x onerror=alert(1)>\n';
let world: ConsoleWorld;
let analyst: ConsoleClient;
let officer: ConsoleClient;
let body: Buffer;

async function accept(
  changes: Record<string, unknown>,
  operator = OPERATOR,
  tenant = TENANT,
): Promise<Buffer> {
  const campaign = changes.campaign_id ?? 'cmp-001';
  const named = { operator_id: operator, tenant_id: tenant, campaign_id: campaign };
  const prepared = telemetry(world.federation, { ...named, signed_metadata: named, ...changes });
  const answer = await send(world.federation, world.gateway.listen, prepared);
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  return prepared.body;
}

beforeAll(async () => {
  world = await openConsoleWorld();
  body = await accept({
    campaign_id: HOSTILE,
    payload: payload(
      { event_id: 'evt-bad', severity: 'critical', mitre_techniques: ['T1059.001'], description: HOSTILE },
      { asset_ref: HOSTILE },
    ),
  });
  await accept({ payload: payload({ event_id: 'evt-low', severity: 'low' }) });
  await accept(
    { payload: payload({ event_id: 'evt-other', severity: 'high' }) },
    OTHER_OPERATOR,
    OTHER_TENANT,
  );
  analyst = await world.signIn('analyst', [TENANT], 'ann');
  officer = await world.signIn('officer', [], 'olga');
});
afterAll(() => world?.close());

const ids = async (client: ConsoleClient, path: string): Promise<unknown> => {
  const { status, json } = await client.get(path);
  return status === 200 ? json.items.map((item: { event_id: string }) => item.event_id) : [status, json.code];
};

test('a session sees its tenants and no other, by list and by key', async () => {
  expect(await ids(officer, '/events')).toEqual(['evt-other', 'evt-low', 'evt-bad']);
  expect(await ids(analyst, '/events')).toEqual(['evt-low', 'evt-bad']);
  expect(await ids(analyst, '/findings')).toEqual(['evt-bad']);
  const one = `operator=${OTHER_OPERATOR}&event=evt-other`;
  for (const path of [
    `/events?tenant=${OTHER_TENANT}`,
    `/findings?tenant=${OTHER_TENANT}&format=csv`,
    `/events/one?tenant=${OTHER_TENANT}&${one}`,
    `/findings/one?tenant=${OTHER_TENANT}&operator=${OTHER_OPERATOR}&finding=fnd-evt-other`,
    `/events/linked?tenant=${OTHER_TENANT}&fingerprint=${'a'.repeat(64)}&attestation=${'a'.repeat(64)}`,
  ]) {
    expect([path, (await analyst.get(path)).json.code]).toEqual([path, 'tenant_forbidden']);
  }
  // Its own tenant's name on the other's event: there is no such event.
  expect((await analyst.get(`/events/one?tenant=${TENANT}&${one}`)).json.code).toBe('event_unknown');
  expect((await world.stranger().get('/events')).status).toBe(401);
});

test('filters select, each by itself and together; what makes no sense is said beside its field', async () => {
  const hash = 'bb'.repeat(32);
  expect(await ids(officer, '/events?severity=critical')).toEqual(['evt-bad']);
  expect(await ids(officer, '/events?technique=t1059')).toEqual(['evt-bad']);
  expect(await ids(officer, '/events?technique=T1059.002')).toEqual([]);
  expect(await ids(officer, `/events?campaign=${encodeURIComponent(HOSTILE)}`)).toEqual(['evt-bad']);
  expect(await ids(officer, `/events?attestation=${hash.toUpperCase()}&operator=${OTHER_OPERATOR}`)).toEqual([
    'evt-other',
  ]);
  expect(await ids(officer, '/findings?status=open&severity=high')).toEqual(['evt-other']);
  expect(await ids(officer, '/findings?technique=T1059.001')).toEqual(['evt-bad']);
  expect(await ids(officer, '/events?to=2020-01-01T00:00:00Z')).toEqual([]);
  for (const [query, field] of [
    ['severity=urgent', 'severity'],
    ['technique=1059', 'technique'],
    ['fingerprint=abc', 'fingerprint'],
    ['tenant=me', 'tenant'],
    ['from=yesterday', 'from'],
    ['from=0000-01-01T00:00:00Z', 'from'],
    ['to=9999-12-31T23:59:59-23:00', 'to'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00%2B01:00', 'to'],
    ['after=AAAA', 'after'],
    [`after=${Buffer.from('["2026-99-99T00:00:00.000000Z","","",""]').toString('base64url')}`, 'after'],
    ['limit=501', 'limit'],
    ['offset=1', 'offset'],
  ] as const) {
    const { status, json } = await officer.get(`/events?${query}`);
    expect([query, status, json.code, json.faults?.[0]?.field]).toEqual([
      query,
      400,
      'filter_invalid',
      field,
    ]);
  }
});

test('pages follow each other, and a download has all of them, defused', async () => {
  const first = (await officer.get('/events?limit=2')).json;
  expect(first.items).toHaveLength(2);
  const second = (await officer.get(`/events?limit=2&after=${first.next}`)).json;
  expect([second.items.map((item: { event_id: string }) => item.event_id), second.next]).toEqual([
    ['evt-bad'],
    null,
  ]);
  const csv = await officer.get('/events?format=csv&severity=critical');
  expect(csv.headers['content-type']).toContain('text/csv');
  expect(csv.text.split('\r\n')[0]).toContain('accepted_at,tenant_id,operator_id,event_id');
  expect(csv.text).toContain(`"'${HOSTILE.replaceAll('"', '""')}"`);
  const lines = (await officer.get('/findings?format=jsonl')).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.finding_id)).toEqual(['fnd-evt-other', 'fnd-evt-bad']);
});

test('an event comes with its exact signed bytes and what vouches for them; what is changed in the database does not verify', async () => {
  const path = `/events/one?tenant=${TENANT}&operator=${OPERATOR}&event=evt-bad`;
  const verified = async (): Promise<boolean> => {
    const { evidence } = (await analyst.get(path)).json;
    const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
    const key = importPublicKey(bytes(evidence.public_key));
    const input = requestSignatureInput(evidence.timestamp, evidence.nonce, bytes(evidence.body));
    return key.ok && verifyEd25519(key.value, input, bytes(evidence.signature));
  };
  const { json } = await analyst.get(path);
  expect(Buffer.from(json.evidence.body, 'base64url').equals(body)).toBe(true);
  expect(json.evidence.body_sha256).toBe(createHash('sha256').update(body).digest('base64url'));
  expect(json.evidence).toMatchObject({ identity: IDENTITY, peer_sha256: world.federation.client.sha256 });
  expect(json.event).toMatchObject({
    event_id: 'evt-bad',
    campaign_id: HOSTILE,
    asset_ref: HOSTILE,
    evidence_index: 0,
  });
  expect(json.key_life).toMatchObject([{ state: 'active', covers: true }]);
  expect(json.entry).toMatchObject({ action: 'telemetry', code: 'accepted', pruned: false });
  expect(json.finding).toMatchObject({ finding_id: 'fnd-evt-bad', status: 'open' });
  // Pins are of no tenant: who sees all tenants sees them.
  expect(json.pin).toBeNull();
  expect((await officer.get(path)).json.pin).toMatchObject({ source: 'environment', not_after: null });
  expect(await verified()).toBe(true);
  const tamper = `UPDATE federation.evidence SET body = overlay(body placing 'X'::bytea from 30)
    WHERE request_id = '${json.event.request_id}'`;
  await withLoginSession(world.gateway.db, (session) => session.script(tamper));
  expect(await verified()).toBe(false);
});

test('what has the same hashes is found together', async () => {
  const { event } = (await officer.get(`/events/one?tenant=${TENANT}&operator=${OPERATOR}&event=evt-low`))
    .json;
  const linked = await analyst.get(
    `/events/linked?tenant=${TENANT}&fingerprint=${event.execution_hash}&attestation=${event.attestation_measurement_hash}`,
  );
  expect(linked.json.events.map((item: { event_id: string }) => item.event_id)).toEqual([
    'evt-low',
    'evt-bad',
  ]);
  expect(linked.json.findings.map((item: { finding_id: string }) => item.finding_id)).toEqual([
    'fnd-evt-bad',
  ]);
  expect([linked.json.graphs, linked.json.more]).toEqual([[], []]);
});

test('an analyst of the tenant changes a finding with a reason; it is in the log with who and why', async () => {
  const finding = { tenant: TENANT, operator: OPERATOR, finding: 'fnd-evt-bad' };
  const change = (client: ConsoleClient, more: object) =>
    client.post('/findings/change', { ...finding, ...more });
  const viewer = await world.signIn('viewer', [TENANT]);
  const stranger = await world.signIn('analyst', [OTHER_TENANT], 'otto');
  const close = { step: 'close', reason: 'patched \u202e' };
  expect((await change(viewer, close)).json.code).toBe('role_insufficient');
  expect((await change(stranger, close)).json.code).toBe('tenant_forbidden');
  const { status, json: unreasonable } = await change(analyst, { step: 'close', reason: ' ' });
  expect([status, unreasonable.code, unreasonable.faults[0].field]).toEqual([400, 'input_invalid', 'reason']);
  expect((await change(analyst, { ...close, finding: 'fnd-none' })).json.code).toBe('finding_unknown');
  expect((await change(analyst, { step: 'reopen', reason: 'so' })).json.code).toBe('finding_state');
  expect(await ids(officer, '/findings?status=closed')).toEqual([]);

  expect((await change(analyst, close)).json).toEqual({ status: 'closed', withdrawn: 0 });
  expect((await change(officer, { step: 'reopen', reason: 'not patched' })).json.status).toBe('open');
  const { json } = await analyst.get(
    `/findings/one?tenant=${TENANT}&operator=${OPERATOR}&finding=fnd-evt-bad`,
  );
  expect(json.finding).toMatchObject({ status: 'open', reason: 'not patched', changed_by: 'console:olga' });
  expect(json.changes).toMatchObject([
    { step: 'reopen', actor: 'console:olga', reason: 'not patched' },
    { step: 'close', actor: 'console:ann', reason: 'patched \u202e' },
  ]);
});
