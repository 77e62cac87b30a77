/** Refusals and security events: who sees which, what a code means, and whose look at a body is in the audit log. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ERROR_CODES, isWireErrorCode } from '@nyxera/federation-protocol';
import { SECURITY_EVENTS } from '../../src/security/security-events.ts';
import { send } from '../support/client.ts';
import { createTestKey, IDENTITY, OTHER_OPERATOR, OTHER_TENANT, TENANT } from '../support/federation.ts';
import { payload, telemetry } from '../support/requests.ts';
import { type ConsoleClient, type ConsoleWorld, openConsoleWorld } from './console-world.ts';

/** What a spreadsheet would run, a browser would render, and a reader would see turned around. */
const HOSTILE = '=HYPERLINK("http://evil")<script>alert(1)</script>\u202e';
const OTHER = { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT };
const NO_VERSION = { payload: payload({}, { schema_version: undefined }) };

let world: ConsoleWorld;
let officer: ConsoleClient;
let viewer: ConsoleClient;
beforeAll(async () => {
  world = await openConsoleWorld();
  const { federation, gateway } = world;
  const refuse = async (changes: Record<string, unknown>, options = {}) =>
    (await send(federation, gateway.listen, telemetry(federation, changes, options))).json.errors?.[0]
      ?.error_code;
  expect(await refuse(NO_VERSION)).toBe('schema_version_missing');
  expect(await refuse({ ...NO_VERSION, ...OTHER })).toBe('schema_version_missing');
  expect(await refuse({ payload: payload({ severity: 'dreadful' }) })).toBe('schema_invalid');
  expect(await refuse({ operator_id: HOSTILE })).toBe('operator_not_mapped');
  expect(await refuse({}, { key: createTestKey() })).toBe('signature_invalid');
  officer = await world.signIn('officer');
  viewer = await world.signIn('viewer', [TENANT]);
});
afterAll(() => world?.close());

const codesOf = (answer: { json: { items: { code: string }[] } }) =>
  answer.json.items.map(({ code }) => code);

test('everybody’s refusals, newest first and page by page; what is about no tenant only for who sees all', async () => {
  const newestFirst = [
    'signature_invalid',
    'operator_not_mapped',
    'schema_invalid',
    'schema_version_missing',
    'schema_version_missing',
  ];
  const all = await officer.get('/refusals');
  expect([all.status, codesOf(all), all.json.next]).toEqual([200, newestFirst, null]);
  const first = await officer.get('/refusals?limit=2');
  const second = await officer.get(`/refusals?limit=2&after=${first.json.next}`);
  const third = await officer.get(`/refusals?limit=2&after=${second.json.next}`);
  expect([...codesOf(first), ...codesOf(second), ...codesOf(third)]).toEqual(newestFirst);
  expect(third.json.next).toBeNull();
  expect(all.json.items[1]).toMatchObject({
    operator_id: HOSTILE,
    tenant_id: null,
    identity: IDENTITY,
    level: 'medium',
    sampled: false,
  });

  expect((await viewer.get('/refusals')).json.items).toMatchObject([
    { code: 'schema_version_missing', tenant_id: TENANT },
  ]);
  const ofTwo = await world.signIn('analyst', [OTHER_TENANT, TENANT], 'two');
  expect((await ofTwo.get('/refusals?limit=1')).json.items).toMatchObject([{ tenant_id: OTHER_TENANT }]);
  expect(codesOf(await ofTwo.get('/refusals'))).toHaveLength(2);
});

test('filters narrow; one that makes no sense is said beside its field', async () => {
  expect(codesOf(await officer.get(`/refusals?code=schema_invalid&identity=${IDENTITY}`))).toEqual([
    'schema_invalid',
  ]);
  expect(codesOf(await officer.get(`/refusals?tenant=${OTHER_TENANT}`))).toEqual(['schema_version_missing']);
  expect(codesOf(await officer.get('/refusals?identity=nobody'))).toEqual([]);
  expect(codesOf(await officer.get('/refusals?to=2020-01-01T00:00:00Z'))).toEqual([]);
  const { json } = await officer.get('/refusals/counts?from=2020-01-01T00:00:00Z');
  expect(json.counts.map((row: { code: string; entries: number }) => [row.code, row.entries])).toEqual([
    ['schema_version_missing', 2],
    ['operator_not_mapped', 1],
    ['schema_invalid', 1],
    ['signature_invalid', 1],
  ]);
  expect(json).toMatchObject({ is_whole: true, counts: [{ http_status: 422, written: 'each' }, {}, {}, {}] });

  const faultsOf = async (query: string) => {
    const answer = await officer.get(`/refusals?${query}`);
    expect([answer.status, answer.json.code]).toEqual([400, 'filter_invalid']);
    return answer.json.faults.map(({ field }: { field: string }) => field);
  };
  expect(await faultsOf('from=yesterday')).toEqual(['from']);
  // A moment, but none that the database takes: the year before the first.
  expect(await faultsOf('from=0000-06-01T00:00:00Z')).toEqual(['from']);
  expect(await faultsOf('from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z')).toEqual(['to']);
  expect(await faultsOf(`after=${Buffer.from('["2026","1 OR 1=1"]').toString('base64url')}`)).toEqual([
    'after',
  ]);
  expect(await faultsOf('tenant=mine&code=%27;--&limit=0')).toEqual(['tenant', 'code', 'limit']);
  expect(await faultsOf('colour=red')).toEqual(['colour']);
});

test('another tenant, or another role, is refused and in the audit log', async () => {
  const answer = await viewer.get(`/refusals?tenant=${OTHER_TENANT}`);
  expect([answer.status, answer.json.code]).toEqual([403, 'tenant_forbidden']);
  const { json } = await officer.get(`/refusals?tenant=${OTHER_TENANT}`);
  const [{ sequence }] = json.items;
  const direct = await viewer.get(`/refusals/${sequence}`);
  expect([direct.status, direct.json.code]).toEqual([404, 'refusal_unknown']);
  const analyst = await world.signIn('analyst', [TENANT], 'ann');
  const own = (await analyst.get('/refusals')).json.items[0];
  const body = await analyst.post(`/refusals/${own.sequence}/body`, { reason: 'curious' });
  expect([body.status, body.json.code]).toEqual([403, 'role_insufficient']);

  const events = await officer.get('/security-events?limit=2');
  expect(events.json.items).toMatchObject([
    { code: 'role_insufficient', action: 'console.refusedBody', identity: 'console:ann' },
    { code: 'tenant_forbidden', action: 'console.refusals', identity: 'console:viewer' },
  ]);
  // They are no refusals of agents.
  expect(codesOf(await officer.get('/refusals'))).not.toContain('tenant_forbidden');
});

test('one refusal says what it means and what to do; its body takes a reason, and that is in the audit log first', async () => {
  const [entry] = (await officer.get(`/refusals?tenant=${TENANT}`)).json.items;
  const one = await viewer.get(`/refusals/${entry.sequence}`);
  expect(one.json).toMatchObject({
    entry: { sequence: entry.sequence, request_id: entry.request_id },
    code: { title: 'Schema version missing', meaning: ERROR_CODES.schema_version_missing.meaning },
    body: { truncated: false },
    has_evidence: false,
  });
  expect(one.json.code.what_to_do).toContain('VV_TG_ENFORCE_SCHEMA_VERSION');
  expect(one.text).not.toContain('PORT_OPEN');

  const operator = await world.signIn('operator');
  const unsaid = await operator.post(`/refusals/${entry.sequence}/body`, {});
  expect([unsaid.json.code, unsaid.json.faults[0].field]).toEqual(['input_invalid', 'reason']);
  const shown = await operator.post(`/refusals/${entry.sequence}/body`, { reason: 'ticket 7' });
  const text = Buffer.from(shown.json.body, 'base64url').toString('utf8');
  expect(JSON.parse(text).tenant_id).toBe(TENANT);
  expect(shown.json).toMatchObject({ body_bytes: text.length, truncated: false });
  const kept = await world.gateway.db.query({
    name: 'test-body-read',
    text: `SELECT actor, tenant_id, code, disclosure FROM audit_log WHERE action = 'console.refused_body.read'`,
  });
  expect(kept).toMatchObject([{ actor: 'console:operator', tenant_id: TENANT, code: 'shown' }]);
  expect(String(kept[0]?.disclosure)).toContain('ticket 7');

  const unsigned = (await officer.get('/refusals?code=signature_invalid')).json.items[0];
  const gone = await operator.post(`/refusals/${unsigned.sequence}/body`, { reason: 'ticket 7' });
  expect([gone.status, gone.json.code]).toEqual([404, 'body_unknown']);
});

test('a download defuses what a spreadsheet would run, and keeps to the session’s tenants', async () => {
  const csv = await officer.get('/refusals?format=csv');
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(csv.text).toContain(`"'=HYPERLINK(""http://evil"")`);
  const lines = (await viewer.get('/security-events?format=jsonl')).text;
  expect(lines).toBe('');
});

test('security events by level; what is only counted is shown to who sees all', async () => {
  expect(codesOf(await officer.get(`/security-events?level=medium`))).toEqual(['operator_not_mapped']);
  expect(codesOf(await officer.get(`/security-events?level=high&code=operator_not_mapped`))).toEqual([]);
  const { json } = await officer.get('/security-events/counts?code=signature_invalid');
  expect(json.counts).toMatchObject([
    { code: 'signature_invalid', entries: 1, level: 'high', is_security_event: true },
  ]);
  expect(json.unwritten).toMatchObject([
    { code: 'tls_handshake_failed', events: 0, written: 'never' },
    { code: 'http_malformed', events: 0 },
  ]);
  expect((await viewer.get('/security-events/counts')).json).toEqual({
    counts: [],
    is_whole: true,
    unwritten: [],
  });
});

test('every wire code and every security event has a meaning and says what to do', async () => {
  const { json } = await viewer.get('/codes');
  const told = new Map<string, { meaning: string; what_to_do: string }>(
    json.items.map((item: { code: string }) => [item.code, item]),
  );
  const wanted = [...Object.keys(ERROR_CODES).filter(isWireErrorCode), ...Object.keys(SECURITY_EVENTS)];
  expect([...told.keys()].sort()).toEqual([...new Set(wanted)].sort());
  for (const { meaning, what_to_do } of told.values()) {
    expect(meaning.length).toBeGreaterThan(10);
    expect(what_to_do.length).toBeGreaterThan(30);
  }
  expect(new Set([...told.values()].map(({ what_to_do }) => what_to_do)).size).toBe(told.size);
});
