/** Graphs, adjustments and proposals at the API: what people see and change, and that agents accept what comes of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseStrictJson, verifyFeedbackResponse } from '@nyxera/federation-protocol';
import { rowsOf } from '../store/stores.ts';
import { send } from '../support/client.ts';
import { HASH, IDENTITY, OPERATOR, OTHER_OPERATOR, OTHER_TENANT, TENANT } from '../support/federation.ts';
import {
  graph,
  newNonce,
  nowSeconds,
  type Prepared,
  payload,
  query,
  telemetry,
} from '../support/requests.ts';
import { type ConsoleClient, type ConsoleWorld, openConsoleWorld } from './console-world.ts';

const TARGET = 'urn:target:ip:10.0.0.5';
const HOSTILE = '=HYPERLINK("x")<img src=x onerror=alert(1)>\u202e';

let world: ConsoleWorld;
let ana: ConsoleClient;
let bob: ConsoleClient;
let viewer: ConsoleClient;
let officer: ConsoleClient;
let graphId = '';

beforeAll(async () => {
  world = await openConsoleWorld({ VV_TG_CONSOLE_TWO_PERSON_DENY: '1' });
  ana = await world.signIn('analyst', [TENANT], 'ana');
  bob = await world.signIn('analyst', [TENANT], 'bob');
  viewer = await world.signIn('viewer', [TENANT], 'vic');
  officer = await world.signIn('officer', [], 'olga');
  const nodes = [
    { id: 'execution:1', kind: 'execution' },
    {
      id: HOSTILE,
      label: `${HOSTILE}\u0000`,
      kind: HOSTILE,
      severity: 'high',
      size: 2 ** 40,
      deep: { a: [1.5] },
    },
    'bare',
  ];
  const edges = [
    { from: 'execution:1', relation: 'produced', to: HOSTILE },
    ['bare', 'execution:1'],
    { source: 'nowhere', target: 'bare' },
    17,
  ];
  const sent = await post(graph(world.federation, { graph: { edges, nodes, target_urn: TARGET } }));
  graphId = JSON.parse(sent.text).request_id;
  await post(
    graph(world.federation, {
      operator_id: OTHER_OPERATOR,
      tenant_id: OTHER_TENANT,
      graph: { nodes: Array.from({ length: 5001 }, (_, id) => ({ id })) },
    }),
  );
  await post(
    telemetry(world.federation, { payload: payload({ severity: 'critical' }, { asset_ref: HOSTILE }) }),
  );
});
afterAll(() => world?.close());

const post = async (prepared: Prepared) => {
  const answer = await send(world.federation, world.gateway.listen, prepared);
  expect([answer.status, answer.text]).toEqual([answer.status === 200 ? 200 : 202, expect.any(String)]);
  return answer;
};

/** As the agent takes an answer: signature, binding, freshness, each adjustment. */
async function asked() {
  const nonce = newNonce();
  const answer = await post(query(world.federation, {}, { nonce }));
  const parsed = parseStrictJson(new TextEncoder().encode(answer.text));
  if (!parsed.ok) throw new Error(parsed.detail);
  const verified = verifyFeedbackResponse(parsed.value, {
    tenantId: TENANT,
    requestNonce: nonce,
    keys: (kid) => (kid === 'default' ? world.federation.feedback : null),
    now: nowSeconds(),
    requireBinding: true,
    nonceSeen: () => false,
  });
  if (!verified.ok) throw new Error(verified.code);
  expect(verified.value.skipped).toEqual([]);
  return verified.value.adjustments.filter((one) => one.target_urn === TARGET);
}

const wanted = (changes: object = {}) => ({
  tenant: TENANT,
  basis: { kind: 'graph', request_id: graphId },
  action: 'tighten',
  confidence: 0.95,
  ttl_seconds: 3600,
  control: 'execution',
  rationale: 'an analyst has seen it move',
  reason: 'ticket 4711',
  ...changes,
});

/** What the log says of changes of feedback, oldest first. */
const audited = (action: string) =>
  rowsOf<{ action: string; actor: string; code: string; disclosure: string }>(
    world.gateway.db,
    'SELECT action, actor, code, disclosure FROM audit_log WHERE action LIKE $1 ORDER BY sequence',
    [action],
  );

test('a graph can be drawn from what was signed, whatever stands in it', async () => {
  const { json, text } = await viewer.get(`/graphs/${TENANT}/${graphId}`);
  expect(json).toMatchObject({
    target_urn: TARGET,
    node_count: 3,
    identity: IDENTITY,
    execution_fingerprint: HASH,
  });
  expect(json.drawn).toMatchObject({
    nodes_total: 3,
    edges_total: 4,
    edges_loose: 2,
    edges: [
      { from: 0, to: 1, relation: 'produced' },
      { from: 2, to: 0, relation: '' },
    ],
  });
  expect(json.drawn.nodes[1]).toMatchObject({ label: `${HOSTILE}\u0000`, severity: 'high' });
  expect(json.drawn.nodes[1].members).toContainEqual(['size', String(2 ** 40)]);
  expect(json.drawn.nodes[1].members).toContainEqual(['deep', '{"a":[1.5]}']);
  expect(text).not.toContain('\u0000');
  const list = await officer.get(`/graphs?tenant=${OTHER_TENANT}`);
  const [large] = list.json.items;
  const drawn = (await officer.get(`/graphs/${OTHER_TENANT}/${large.request_id}`)).json.drawn;
  expect([drawn.nodes.length, drawn.nodes_total]).toEqual([5000, 5001]);
  expect((await ana.get(`/graphs/${TENANT}/${large.request_id}`)).json.code).toBe('graph_unknown');
});

test('an analyst issues, shortens and withdraws, and the agent verifies what comes of it', async () => {
  expect((await asked()).map(({ action }) => action)).toEqual(['observe']);
  const issued = await ana.post('/adjustments', wanted());
  expect(issued.json).toMatchObject({
    outcome: 'made',
    adjustment_id: expect.any(Number),
    proposal_id: null,
  });
  const number = issued.json.adjustment_id;
  expect((await asked()).at(-1)).toMatchObject({
    action: 'tighten',
    confidence: 0.95,
    ttl_seconds: 3600,
    rationale: 'an analyst has seen it move',
    execution_fingerprint: HASH,
    attestation_measurement_hash: 'bb'.repeat(32),
  });
  const shown = (await viewer.get(`/adjustments/${TENANT}/${number}`)).json;
  expect(shown).toMatchObject({
    binding: number,
    adjustment: {
      state: 'living',
      effect: 'refuses',
      issued_by: 'console:ana',
      reason: 'ticket 4711',
      basis: 'graph',
    },
    fetches: [{ identity: IDENTITY, answers: expect.any(Number) }],
  });
  expect(shown.living).toHaveLength(2);

  const weaker = await bob.post('/adjustments', wanted({ confidence: 0.2 }));
  expect([weaker.status, weaker.json.code]).toEqual([409, 'adjustment_weaker']);

  const path = `/adjustments/${TENANT}/${number}`;
  const endsAt = new Date((nowSeconds() + 600) * 1000).toISOString();
  const past = await bob.post(`${path}/shorten`, { ends_at: '2026-01-01T00:00:00Z', reason: 'x' });
  expect([past.status, past.json.code, past.json.faults[0].field]).toEqual([400, 'input_invalid', 'ends_at']);
  const shortened = await bob.post(`${path}/shorten`, { ends_at: endsAt, reason: 'calmer' });
  expect(shortened.json).toMatchObject({ outcome: 'made', binds_until: shown.adjustment.expires_at });
  expect((await asked()).at(-1)?.ttl_seconds).toBeLessThan(3600);
  expect((await bob.post(`${path}/withdraw`, { reason: 'false alarm' })).status).toBe(200);
  expect((await asked()).map(({ action }) => action)).toEqual(['observe']);
  expect((await bob.post(`${path}/withdraw`, { reason: 'again' })).json.code).toBe('adjustment_over');
  const entries = await audited('adjustment.%');
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ['adjustment.issue', 'console:ana'],
    ['adjustment.shorten', 'console:bob'],
    ['adjustment.withdraw', 'console:bob'],
  ]);
  expect(entries[0]?.disclosure).toContain('ticket 4711');
});

test('a deny needs another person; both are in the log', async () => {
  const proposed = await ana.post('/adjustments', wanted({ action: 'deny', confidence: 1 }));
  expect(proposed.json).toMatchObject({ outcome: 'proposed', adjustment_id: null });
  const path = `/proposals/${TENANT}/${proposed.json.proposal_id}`;
  expect((await asked()).map(({ action }) => action)).not.toContain('deny');
  expect((await ana.post(`${path}/approve`, { reason: 'me' })).json.code).toBe('own_proposal');
  expect((await viewer.post(`${path}/approve`, { reason: 'me' })).json.code).toBe('role_insufficient');
  const pending = (await bob.get('/proposals?state=pending')).json.items;
  expect(pending).toMatchObject([
    { proposed_by: 'console:ana', own: false, change: 'issue', action: 'deny' },
  ]);
  const approved = await bob.post(`${path}/approve`, { reason: 'seen it too' });
  expect(approved.json).toMatchObject({ state: 'approved', adjustment_id: expect.any(Number) });
  expect((await asked()).at(-1)?.action).toBe('deny');
  const [entry] = await audited('adjustment.approve');
  expect(entry).toMatchObject({ actor: 'console:bob', code: 'changed' });
  for (const word of ['console:ana', 'ticket 4711', 'seen it too']) expect(entry?.disclosure).toContain(word);
  const withdrawal = await bob.post(`/adjustments/${TENANT}/${approved.json.adjustment_id}/withdraw`, {
    reason: 'off',
  });
  expect(withdrawal.json.outcome).toBe('proposed');
  const shown = (await ana.get(`/adjustments/${TENANT}/${approved.json.adjustment_id}`)).json;
  expect(shown.proposals.map((one: { change: string; state: string }) => [one.change, one.state])).toEqual([
    ['withdraw', 'pending'],
    ['issue', 'approved'],
  ]);
});

test('other tenants and other roles get nothing, and the log says that they tried', async () => {
  const foreign = await officer.get(`/adjustments?tenant=${OTHER_TENANT}`);
  const number = foreign.json.items[0].adjustment_id;
  const tries = [
    await ana.get(`/graphs?tenant=${OTHER_TENANT}`),
    await ana.get(`/adjustments/${OTHER_TENANT}/${number}`),
    await ana.post(`/adjustments/${OTHER_TENANT}/${number}/withdraw`, { reason: 'mine now' }),
    await ana.post('/adjustments', wanted({ tenant: OTHER_TENANT })),
  ];
  expect(tries.map(({ status, json }) => [status, json.code])).toEqual(
    tries.map(() => [403, 'tenant_forbidden']),
  );
  expect((await ana.get(`/adjustments/${TENANT}/${number}`)).json.code).toBe('adjustment_unknown');
  const own = (await ana.get('/adjustments')).json.items;
  expect(new Set(own.map((one: { tenant_id: string }) => one.tenant_id))).toEqual(new Set([TENANT]));
  for (const one of [viewer, await world.signIn('operator', [], 'otto')]) {
    const refused = await one.post('/adjustments', wanted());
    expect([refused.status, refused.json.code]).toEqual([403, 'role_insufficient']);
  }
  const [denied] = await rowsOf<{ n: number }>(
    world.gateway.db,
    `SELECT count(*) AS n FROM audit_log WHERE actor = 'console:ana' AND code = 'tenant_forbidden'`,
  );
  expect(denied?.n).toBe(4);
});

test('filters choose, pages follow one another, and what makes no sense is said beside the field', async () => {
  const states = async (filter: string) =>
    (await officer.get(`/adjustments?${filter}`)).json.items.map((one: { state: string; cause: string }) => [
      one.state,
      one.cause,
    ]);
  expect(await states('state=withdrawn')).toEqual([['withdrawn', 'analyst']]);
  expect(await states(`cause=graph&target=${encodeURIComponent(TARGET)}&state=alive`)).toEqual([
    ['living', 'graph'],
  ]);
  expect(await states('from=2030-01-01T00:00:00Z')).toEqual([]);
  expect(await states('to=2020-01-01T00:00:00Z')).toEqual([]);
  const all = (await officer.get('/adjustments')).json.items;
  const paged: unknown[] = [];
  for (let after = ''; ; ) {
    const page = (await officer.get(`/adjustments?limit=2${after}`)).json;
    paged.push(...page.items);
    if (page.next === null) break;
    after = `&after=${page.next}`;
  }
  expect(paged).toEqual(all);
  for (const [filter, field] of [
    ['action=allow', 'action'],
    ['fingerprint=abc', 'fingerprint'],
    ['from=yesterday', 'from'],
    ['after=bm9uc2Vuc2U', 'after'],
    ['colour=red', 'colour'],
  ] as const) {
    const refused = await officer.get(`/adjustments?${filter}`);
    expect([filter, refused.status, refused.json.code, refused.json.faults[0].field]).toEqual([
      filter,
      400,
      'filter_invalid',
      field,
    ]);
  }
  for (const [change, field] of [
    [{ ttl_seconds: 59 }, 'ttl_seconds'],
    [{ confidence: 1.5 }, 'confidence'],
    [{ rationale: 'a\u0000b' }, 'rationale'],
    [{ reason: ' ' }, 'reason'],
    [{ execution_fingerprint: HASH }, 'execution_fingerprint'],
  ] as const) {
    const refused = await ana.post('/adjustments', wanted(change));
    expect([refused.status, refused.json.code, refused.json.faults[0].field]).toEqual([
      400,
      'input_invalid',
      field,
    ]);
  }
});

test('the finding’s target, hostile as it is, comes back as it was, and its formula is defused in a table', async () => {
  const [finding] = await rowsOf<{ finding_id: string }>(world.gateway.db, 'SELECT finding_id FROM findings');
  const basis = { kind: 'finding', operator_id: OPERATOR, finding_id: finding?.finding_id };
  const issued = await ana.post('/adjustments', wanted({ action: 'observe', basis, rationale: '=1+1' }));
  expect(issued.json.outcome).toBe('made');
  const shown = (await ana.get(`/adjustments/${TENANT}/${issued.json.adjustment_id}`)).json.adjustment;
  expect([shown.target_urn, shown.basis_id]).toEqual([HOSTILE, `${OPERATOR}/${finding?.finding_id}`]);
  const csv = (await ana.get('/adjustments?format=csv&cause=analyst')).text;
  expect(csv).toContain("'=1+1");
  expect(csv.split('\r\n')[0]).toMatch(/^tenant_id,adjustment_id,state,action,target_urn/);
  const lines = (await officer.get('/graphs?format=jsonl')).text.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).node_count)).toEqual([5001, 3]);
});
