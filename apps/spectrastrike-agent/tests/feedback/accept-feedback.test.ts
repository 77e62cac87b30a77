import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { acceptFeedback, type FeedbackContext } from '../../src/feedback/accept-feedback.ts';
import { storeGraph } from '../../src/graph/graph-store.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { listSecurityEntries } from '../../src/security-log.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { adjustment, type FeedbackKey, feedbackKey, signAnswer } from './sign-answer.ts';

const TENANT = '10000000-0000-0000-0000-00000000000A';
const OTHER_TENANT = '20000000-0000-0000-0000-00000000000b';
const TARGET = 'urn:target:ip:10.0.0.5';
const NOW = 1_800_000_000;
const QUERY_NONCE = 'query-nonce-0000000000001';

let directory: ReturnType<typeof temporaryDirectory>;
let state: State;
let key: FeedbackKey;

beforeEach(() => {
  directory = temporaryDirectory('feedback');
  state = openState(directory.path);
  key = feedbackKey('kid-1');
});

afterEach(() => {
  state.close();
  directory.remove();
});

function context(more: Partial<FeedbackContext> = {}): FeedbackContext {
  return {
    tenantId: TENANT,
    requestNonce: QUERY_NONCE,
    keys: (kid) => (kid === key.kid ? key.publicKey : null),
    requireBinding: true,
    anchor: false,
    nowMs: NOW * 1000,
    ...more,
  };
}

function answer(more: Partial<Parameters<typeof signAnswer>[0]> = {}): JsonObject {
  return signAnswer({
    key,
    tenantId: TENANT,
    requestNonce: QUERY_NONCE,
    signedAt: NOW,
    nonce: 'answer-nonce-000000000001',
    data: [adjustment(TENANT, NOW)],
    ...more,
  });
}

const allows = (): boolean => createPolicyEngine(state.db).evaluate(TENANT, TARGET, true, NOW * 1000).allow;
const logged = (): string[] => listSecurityEntries(state.db, { limit: 100 }).map((one) => one.code);
const without = (value: JsonObject, member: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member));

test('a signed, bound, fresh answer changes the decision, durably', () => {
  const accepted = acceptFeedback(state, answer(), context());
  expect(accepted).toMatchObject({ ok: true, value: { kid: 'kid-1', rejected: [] } });
  expect(allows()).toBe(false);
  expect(logged()).toEqual([]);
});

describe('a refused answer changes nothing, and is in the security log with its code', () => {
  const stranger = feedbackKey('kid-1');
  const cases: readonly [string, () => JsonValue, Partial<FeedbackContext>, string][] = [
    ['an unknown kid', () => answer({ kid: 'kid-2' }), {}, 'unknown_kid'],
    [
      'a key of another with the right kid',
      () => answer({ key: stranger }),
      {},
      'feedback_signature_invalid',
    ],
    [
      'a signature for another tenant',
      () => answer({ tenantId: OTHER_TENANT }),
      {},
      'feedback_signature_invalid',
    ],
    [
      'a signature for another spelling of the tenant',
      () => answer({ tenantId: TENANT.toLowerCase() }),
      {},
      'feedback_signature_invalid',
    ],
    [
      'data that was changed after signing',
      () => ({ ...answer(), data: [adjustment(TENANT, NOW, { target_urn: 'urn:target:ip:10.0.0.9' })] }),
      {},
      'feedback_signature_invalid',
    ],
    ['no signature', () => without(answer(), 'signature'), {}, 'feedback_unsigned'],
    ['no signed_at', () => without(answer(), 'signed_at'), {}, 'feedback_unsigned'],
    ['no nonce', () => without(answer(), 'nonce'), {}, 'feedback_unsigned'],
    ['no kid', () => without(answer(), 'kid'), {}, 'feedback_unsigned'],
    ['no schema version', () => without(answer(), 'schema_version'), {}, 'feedback_unsigned'],
    ['data that is no array', () => ({ ...answer(), data: {} }), {}, 'feedback_unsigned'],
    ['no object at all', () => 'accepted', {}, 'feedback_unsigned'],
    ['null', () => null, {}, 'feedback_unsigned'],
    [
      'another algorithm',
      () => ({ ...answer(), signature_algorithm: 'none' }),
      {},
      'feedback_schema_unsupported',
    ],
    [
      'another schema',
      () => answer({ schemaVersion: 'feedback.response.v2' }),
      {},
      'feedback_schema_unsupported',
    ],
    ['bound to another query', () => answer({ requestNonce: 'another-query-nonce' }), {}, 'feedback_unbound'],
    [
      'no binding',
      () => without(without(answer(), 'binding_signature'), 'request_nonce'),
      {},
      'feedback_unbound',
    ],
    [
      'a binding that does not verify, although none is required',
      () => ({ ...answer(), binding_signature: `${'A'.repeat(86)}==` }),
      { requireBinding: false },
      'feedback_unbound',
    ],
    ['signed 301 s ago', () => answer({ signedAt: NOW - 301 }), {}, 'feedback_stale'],
    ['signed 301 s ahead', () => answer({ signedAt: NOW + 301 }), {}, 'feedback_stale'],
    ['a separator in the tenant', () => answer(), { tenantId: 'a|b' }, 'feedback_signature_invalid'],
  ];

  test.each(cases)('%s', (_name, make, more, code) => {
    const refused = acceptFeedback(state, make(), context(more));
    expect(refused).toMatchObject({ ok: false, code });
    expect(logged()).toEqual([code]);
    expect(allows()).toBe(true);
    expect(state.db.prepare('SELECT count(*) AS n FROM feedback_nonces').get()?.n).toBe(0);
  });

  test('the same answer twice, also after a restart', () => {
    expect(acceptFeedback(state, answer(), context()).ok).toBe(true);
    state.db.exec('DELETE FROM adjustments');
    expect(acceptFeedback(state, answer(), context())).toMatchObject({ code: 'feedback_replayed' });
    state.close();
    state = openState(directory.path);
    expect(acceptFeedback(state, answer(), context({ nowMs: (NOW + 299) * 1000 }))).toMatchObject({
      code: 'feedback_replayed',
    });
    expect(logged()).toEqual(['feedback_replayed', 'feedback_replayed']);
    expect(allows()).toBe(true);
  });

  test('a refused answer does not burn its nonce: the honest one with it is still taken', () => {
    expect(acceptFeedback(state, { ...answer(), data: [] }, context()).ok).toBe(false);
    expect(acceptFeedback(state, answer(), context()).ok).toBe(true);
  });

  test('a deployed gateway does not bind: taken only where the binding is not required', () => {
    const unbound = without(without(answer(), 'binding_signature'), 'request_nonce');
    expect(acceptFeedback(state, unbound, context({ requireBinding: false })).ok).toBe(true);
    expect(allows()).toBe(false);
  });
});

describe('a bad item is skipped and logged, the others stand', () => {
  const good = (): JsonObject =>
    adjustment(TENANT, NOW, { target_urn: 'urn:target:ip:10.0.0.6', action: 'observe' });
  const cases: readonly [string, JsonValue, string][] = [
    ['another tenant', adjustment(OTHER_TENANT, NOW), 'tenant_mapping_violation'],
    ['another spelling of the tenant', adjustment(TENANT.toLowerCase(), NOW), 'tenant_mapping_violation'],
    ['a separator in its tenant', { ...adjustment(TENANT, NOW), tenant_id: `${TENANT}|x` }, 'schema_invalid'],
    ['a twelfth member', { ...adjustment(TENANT, NOW), allow: true }, 'schema_invalid'],
    ['a missing member', without(adjustment(TENANT, NOW), 'control'), 'schema_invalid'],
    ['a confidence of 1.01', adjustment(TENANT, NOW, { confidence: 1.01 }), 'schema_invalid'],
    ['a life of a year', adjustment(TENANT, NOW, { ttl_seconds: 31_536_000 }), 'schema_invalid'],
    ['expired', adjustment(TENANT, NOW - 1800), 'feedback_stale'],
    ['from the future', adjustment(TENANT, NOW + 31), 'timestamp_out_of_window'],
    ['no object', 'deny', 'schema_invalid'],
  ];

  test.each(cases)('%s', (_name, bad, code) => {
    const accepted = acceptFeedback(state, answer({ data: [good(), bad] }), context());
    expect(accepted).toMatchObject({
      ok: true,
      value: { recorded: [{ targetUrn: 'urn:target:ip:10.0.0.6' }], rejected: [{ index: 1, code }] },
    });
    expect(logged()).toEqual([code]);
    expect(allows()).toBe(true);
  });
});

describe('anchoring', () => {
  function pushGraph(
    fingerprint: string,
    attestation: string,
    tenantId = TENANT,
    pushedAtMs: number | null = 1,
  ): void {
    state.transaction(() => {
      state.db
        .prepare(
          "INSERT INTO lanes (gateway, operator_id, tenant_id) VALUES ('https://g', 'op', ?) ON CONFLICT DO NOTHING",
        )
        .run(tenantId);
      const laneId = Number(
        state.db.prepare('SELECT lane_id FROM lanes WHERE tenant_id = ?').get(tenantId)?.lane_id,
      );
      const execution = {
        laneId,
        operatorId: 'op',
        tenantId,
        campaignId: 'c',
        executionFingerprint: fingerprint,
        attestationMeasurementHash: attestation,
        targetUrn: TARGET,
        spooledAs: { executionHash: fingerprint, attestationHash: attestation },
      };
      const graphId = `graph-${tenantId}-${fingerprint}-${attestation}`;
      storeGraph(
        state.db,
        execution,
        { graphId, body: {}, bodyText: '{}', nodeCount: 1, eventsTotal: 1, eventsIncluded: 1 },
        1,
      );
      state.db.prepare('UPDATE graphs SET pushed_at_ms = ? WHERE graph_id = ?').run(pushedAtMs, graphId);
    });
  }
  const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)] as const;

  test('an item about a pushed graph, with its attestation hash, is taken', () => {
    pushGraph(A, B);
    expect(acceptFeedback(state, answer(), context({ anchor: true }))).toMatchObject({
      ok: true,
      value: { recorded: [{ action: 'deny' }] },
    });
    expect(allows()).toBe(false);
  });

  test.each([
    ['no graph at all', () => undefined],
    ['a graph of another execution', () => pushGraph(C, B)],
    ['the right graph with another attestation hash', () => pushGraph(A, C)],
    ['the hash of another graph for this fingerprint', () => [pushGraph(A, C), pushGraph(C, B)]],
    ['a graph that was built and never pushed', () => pushGraph(A, B, TENANT, null)],
    ['a graph of another tenant', () => pushGraph(A, B, OTHER_TENANT)],
  ])('%s: anchor_mismatch', (_name, prepare) => {
    prepare();
    const accepted = acceptFeedback(
      state,
      answer({ data: ['junk', adjustment(TENANT, NOW)] }),
      context({ anchor: true }),
    );
    expect(accepted).toMatchObject({
      ok: true,
      value: {
        recorded: [],
        rejected: [
          { index: 0, code: 'schema_invalid' },
          { index: 1, code: 'anchor_mismatch' },
        ],
      },
    });
    expect(logged()).toEqual(['anchor_mismatch', 'schema_invalid']);
    expect(allows()).toBe(true);
  });
});

test('nonce and adjustments are one transaction: a fault between them leaves neither', () => {
  state.db.exec(
    "CREATE TRIGGER fault BEFORE INSERT ON adjustments BEGIN SELECT RAISE(ABORT, 'injected fault'); END",
  );
  expect(() => acceptFeedback(state, answer(), context())).toThrow('injected fault');
  state.db.exec('DROP TRIGGER fault');
  expect(acceptFeedback(state, answer(), context()).ok).toBe(true);
});
