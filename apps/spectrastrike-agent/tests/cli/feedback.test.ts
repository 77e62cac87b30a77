import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '@nyxera/federation-protocol';
import { adjustment, type FeedbackKey, feedbackKey, signAnswer } from '../feedback/sign-answer.ts';
import { type AgentFixture, canonicalEvent, createAgentFixture, TENANT } from './agent-fixture.ts';
import { type Answer, GRAPH, problem, QUERY, type Received, startStandIn } from './gateway-stand-in.ts';

const TARGET = 'urn:target:ip:10.0.0.5';
const OTHER_TENANT = '20000000-0000-0000-0000-00000000000b';

let fixture: AgentFixture;
let key: FeedbackKey;
let serial = 0;

beforeEach(async () => {
  fixture = await createAgentFixture();
  key = feedbackKey('kid-1');
  fixture.environment.VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON = JSON.stringify({
    'kid-1': key.publicKey.toBase64(),
  });
});
afterEach(() => fixture.close());

const seconds = (): number => Math.floor(Date.now() / 1000);

/** An honest answer to a query, which the hostile ones are made from. */
function answerTo(
  request: Received,
  data: readonly JsonValue[],
  more: Record<string, unknown> = {},
): JsonObject {
  serial += 1;
  return signAnswer({
    key,
    tenantId: TENANT,
    requestNonce: String(request.body.nonce),
    signedAt: seconds(),
    nonce: `answer-nonce-${serial}-00000000`,
    data,
    ...more,
  });
}

const deny = (more = {}): JsonObject => adjustment(TENANT, seconds(), { target_urn: TARGET, ...more });
const ok = (body: JsonValue): Answer => ({ status: 200, body });
const without = (value: JsonObject, member: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member));

async function evaluate(): Promise<unknown> {
  return (await fixture.run('policy', 'evaluate', '--tenant', TENANT, '--target', TARGET, '--json')).last;
}

async function securityCodes(): Promise<string[]> {
  const listed = (await fixture.run('security', 'list', '--json')).last as { entries: { code: string }[] };
  return listed.entries.map((one) => one.code);
}

test('an honest answer changes the decision; the same answer again does not; a restart forgets neither', async () => {
  let recorded: JsonObject | null = null;
  fixture.gateway.handlers.set(QUERY, (request) => {
    recorded ??= answerTo(request, [deny()]);
    // Bound to the first query: the second time it is a replay of another query's answer.
    return ok(recorded);
  });
  expect(await evaluate()).toMatchObject({ allow: true, context: { feedback_bound: false } });
  const first = await fixture.run('feedback', 'pull', '--no-anchor', '--json');
  expect(first.last).toMatchObject({ accepted: true, recorded: 1, rejected: [], kid: 'kid-1' });
  expect(first.code).toBe(0);
  expect(await evaluate()).toEqual({
    allow: false,
    context: {
      feedback_bound: true,
      feedback_action: 'deny',
      feedback_confidence: 1,
      feedback_control: 'execution',
      feedback_rationale: 'an open critical finding',
      feedback_ttl_seconds: 1800,
      feedback_attestation_measurement_hash: 'b'.repeat(64),
    },
  });

  const again = await fixture.run('feedback', 'pull', '--no-anchor', '--json');
  expect(again.last).toMatchObject({ accepted: false, code: 'feedback_unbound' });
  fixture.environment.VECTORVUE_FEEDBACK_REQUIRE_BINDING = '0';
  recorded = without(without(recorded ?? {}, 'binding_signature'), 'request_nonce');
  const unbound = await fixture.run('feedback', 'pull', '--no-anchor', '--json');
  expect(unbound.last).toMatchObject({ accepted: false, code: 'feedback_replayed' });
  expect(unbound.code).toBe(2);
  expect(await securityCodes()).toEqual(['feedback_replayed', 'feedback_unbound']);
});

describe('a hostile gateway changes nothing, and leaves a code', () => {
  const stranger = feedbackKey('kid-1');
  const cases: readonly [string, string, (request: Received) => Answer][] = [
    ['an unknown kid', 'unknown_kid', (request) => ok(answerTo(request, [deny()], { kid: 'kid-2' }))],
    [
      'a stranger’s key',
      'feedback_signature_invalid',
      (request) => ok(answerTo(request, [deny()], { key: stranger })),
    ],
    [
      'another tenant’s signature',
      'feedback_signature_invalid',
      (request) => ok(answerTo(request, [adjustment(OTHER_TENANT, seconds())], { tenantId: OTHER_TENANT })),
    ],
    ['no signature', 'feedback_unsigned', (request) => ok(without(answerTo(request, [deny()]), 'signature'))],
    [
      'not bound',
      'feedback_unbound',
      (request) => ok(answerTo(request, [deny()], { requestNonce: 'another-query' })),
    ],
    ['stale', 'feedback_stale', (request) => ok(answerTo(request, [deny()], { signedAt: seconds() - 400 }))],
    [
      'changed on the way',
      'feedback_signature_invalid',
      (request) => ok({ ...answerTo(request, []), data: [deny()] }),
    ],
    ['no JSON', 'feedback_unsigned', () => ok('<html>login</html>')],
    ['duplicate members', 'feedback_unsigned', () => ok('{"data":[],"data":[]}')],
    [
      'a separator in the nonce',
      'feedback_signature_invalid',
      (request) => ok({ ...answerTo(request, [deny()]), nonce: 'a|b|c|d|e|f' }),
    ],
  ];

  test.each(cases)('%s: %s', async (_name, code, handler) => {
    fixture.gateway.handlers.set(QUERY, handler);
    const pulled = await fixture.run('feedback', 'pull', '--no-anchor', '--json');
    expect(pulled.last).toMatchObject({ accepted: false, recorded: 0, code });
    expect(pulled.code).toBe(2);
    expect(await securityCodes()).toEqual([code]);
    expect(await evaluate()).toMatchObject({ allow: true, context: { feedback_bound: false } });
  });

  test('bad items are skipped by themselves: tenant, extra member, expired, separator', async () => {
    fixture.gateway.handlers.set(QUERY, (request) =>
      ok(
        answerTo(request, [
          adjustment(OTHER_TENANT, seconds()),
          { ...deny(), twelfth: 1 },
          adjustment(TENANT, seconds() - 1801, { target_urn: TARGET }),
          { ...deny(), tenant_id: `${TENANT}|` },
          deny({ action: 'observe' }),
        ]),
      ),
    );
    const pulled = await fixture.run('feedback', 'pull', '--no-anchor', '--json');
    expect(pulled.last).toMatchObject({
      accepted: true,
      recorded: 1,
      rejected: [
        { index: 0, code: 'tenant_mapping_violation' },
        { index: 1, code: 'schema_invalid' },
        { index: 2, code: 'feedback_stale' },
        { index: 3, code: 'schema_invalid' },
      ],
    });
    expect(pulled.code).toBe(2);
    expect(await securityCodes()).toHaveLength(4);
    expect(await evaluate()).toMatchObject({ allow: true, context: { feedback_action: 'observe' } });
  });

  test('anchoring is on from the first pushed graph: what is about no graph of ours is refused', async () => {
    fixture.gateway.handlers.set(QUERY, (request) => ok(answerTo(request, [deny()])));
    await fixture.run('send', fixture.file('e.jsonl', `${canonicalEvent('e1')}\n`), '--json');
    await fixture.run('graph', 'build', '--json');
    await fixture.run('graph', 'push', '--json');
    const pulled = await fixture.run('feedback', 'pull', '--json');
    expect(pulled.last).toMatchObject({ recorded: 0, rejected: [{ index: 0, code: 'anchor_mismatch' }] });
    expect(pulled.code).toBe(2);
    expect(await evaluate()).toMatchObject({ allow: true });
  });

  test('before any graph went up there is none to anchor to: a verified deny binds, unless --anchor', async () => {
    fixture.gateway.handlers.set(QUERY, (request) => ok(answerTo(request, [deny()])));
    const strict = await fixture.run('feedback', 'pull', '--anchor', '--json');
    expect(strict.last).toMatchObject({ recorded: 0, rejected: [{ index: 0, code: 'anchor_mismatch' }] });
    expect(await evaluate()).toMatchObject({ allow: true });
    const pulled = await fixture.run('feedback', 'pull', '--json');
    expect(pulled.last).toMatchObject({ recorded: 1, rejected: [] });
    expect(pulled.code).toBe(0);
    expect(await evaluate()).toMatchObject({ allow: false });
  });

  test('a redirect is never followed', async () => {
    const elsewhere = await startStandIn(fixture.pki, 'elsewhere');
    const location = `${elsewhere.url}${QUERY}`;
    fixture.gateway.handlers.set(QUERY, () => ({ status: 307, body: '', headers: { location } }));
    const pulled = await fixture.run('feedback', 'pull', '--json');
    await elsewhere.close();
    expect(pulled.last).toMatchObject({ accepted: false, code: 'redirect_refused' });
    expect(elsewhere.received).toEqual([]);
    expect(await securityCodes()).toEqual(['redirect_refused']);
  });

  test('a server with another certificate of the same CA sees no request', async () => {
    fixture.environment.VECTORVUE_FEDERATION_SERVER_CERT_SHA256 = 'f'.repeat(64);
    const pulled = await fixture.run('feedback', 'pull', '--json');
    expect(pulled.last).toMatchObject({ accepted: false, code: 'server_pin_mismatch' });
    expect(fixture.gateway.received).toEqual([]);
    expect(await securityCodes()).toEqual(['server_pin_mismatch']);
  });

  test('a refusal is passed on by its code', async () => {
    fixture.gateway.handlers.set(QUERY, () => problem(429, 'rate_limited'));
    const pulled = await fixture.run('feedback', 'pull', '--json');
    expect(pulled.last).toMatchObject({ accepted: false, code: 'rate_limited' });
    expect(pulled.code).toBe(2);
  });
});

test('one attestation hash through everything: report, event, intent, graph, feedback, policy context', async () => {
  await fixture.run('send', fixture.file('e.jsonl', `${canonicalEvent('e1')}\n`), '--json');
  const sent = fixture.gateway.received[0]?.body as {
    execution_hash: string;
    payload: { attributes: JsonObject };
  };
  const hash = String(sent.payload.attributes.attestation_measurement_hash);
  const built = await fixture.run('graph', 'build', '--json');
  expect(built.last).toMatchObject({
    graphs: [{ execution_fingerprint: sent.execution_hash, attestation_measurement_hash: hash, new: true }],
  });
  const pushed = await fixture.run('graph', 'push', '--json');
  expect(pushed.last).toMatchObject({ pushed: 1, left: 0, graphs: [{ request_id: 'request-graph' }] });
  expect(pushed.code).toBe(0);
  const graph = fixture.gateway.received.find((one) => one.path === GRAPH)?.body;
  expect(graph).toMatchObject({
    attestation_measurement_hash: hash,
    graph: {
      nodes: expect.arrayContaining([expect.objectContaining({ attestation_measurement_hash: hash })]),
    },
  });
  expect((await fixture.run('graph', 'push', '--json')).last).toMatchObject({ pushed: 0, left: 0 });

  const about = { execution_fingerprint: sent.execution_hash };
  fixture.gateway.handlers.set(QUERY, (request) =>
    ok(
      answerTo(request, [
        deny({ ...about, action: 'observe', attestation_measurement_hash: 'd'.repeat(64) }),
        deny({ ...about, attestation_measurement_hash: hash }),
      ]),
    ),
  );
  const pulled = await fixture.run('feedback', 'pull', '--json');
  expect(pulled.last).toMatchObject({ recorded: 1, rejected: [{ index: 0, code: 'anchor_mismatch' }] });
  expect(await evaluate()).toMatchObject({
    allow: false,
    context: { feedback_attestation_measurement_hash: hash },
  });
  const shown = (await fixture.run('attestation', 'show', '--hash', hash.toUpperCase(), '--json')).last as {
    found: { place: string }[];
  };
  expect(new Set(shown.found.map((one) => one.place))).toEqual(
    new Set(['run', 'report', 'event', 'intent', 'graph', 'adjustment']),
  );
  expect((await fixture.run('policy', 'show', '--json')).last).toMatchObject({
    adjustments: [{ kid: 'kid-1', binds: true, attestation_measurement_hash: hash }],
  });
});
