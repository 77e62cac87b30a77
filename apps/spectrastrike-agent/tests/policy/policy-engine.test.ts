import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import fc from 'fast-check';
import type { BoundAdjustment } from '../../src/policy/adjustment.ts';
import { recordAdjustment, sweepExpiredAdjustments } from '../../src/policy/adjustment-store.ts';
import { evaluatePolicy } from '../../src/policy/evaluate-policy.ts';
import { compareRestrictiveFirst, livingAdjustments } from '../../src/policy/merge-adjustments.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { referenceAllows } from './reference-model.ts';

const TENANT = '10000000-0000-0000-0000-00000000000a';
const TARGET = 'urn:target:ip:10.0.0.5';
const NOW = 1_800_000_000;
const FROM = { kid: 'kid-1', requestId: 'r-1', receivedAtMs: NOW * 1000 };

let directory: ReturnType<typeof temporaryDirectory>;
let state: State;

beforeEach(() => {
  directory = temporaryDirectory('policy');
  state = openState(directory.path);
});

afterEach(() => {
  state.close();
  directory.remove();
});

function adjustment(more: Partial<BoundAdjustment>): BoundAdjustment {
  return {
    tenantId: TENANT,
    targetUrn: TARGET,
    action: 'observe',
    confidence: 0.55,
    rationale: 'r',
    control: 'execution',
    ttlSeconds: 1800,
    timestamp: NOW,
    executionFingerprint: 'a'.repeat(64),
    attestationMeasurementHash: 'b'.repeat(64),
    ...more,
  };
}

function record(...adjustments: readonly BoundAdjustment[]): void {
  state.transaction(() => {
    for (const one of adjustments) recordAdjustment(state.db, one, FROM);
  });
}

/** Few values each, so that ties, equal keys and expiry at the very second are common. */
const arbitraryAdjustment: fc.Arbitrary<BoundAdjustment> = fc.record({
  tenantId: fc.constantFrom(TENANT, '20000000-0000-0000-0000-000000000002'),
  targetUrn: fc.constantFrom(TARGET, 'urn:target:ip:10.0.0.6'),
  action: fc.constantFrom('deny', 'tighten', 'observe', 'quarantine', 'DENY'),
  confidence: fc.constantFrom(0, 0.5, 0.79, 0.8, 0.82, 1),
  rationale: fc.constantFrom('r1', 'r2'),
  control: fc.constant('execution'),
  ttlSeconds: fc.constantFrom(60, 61, 1800),
  timestamp: fc.integer({ min: NOW - 62, max: NOW + 1 }),
  executionFingerprint: fc.constantFrom('a'.repeat(64), 'c'.repeat(64)),
  attestationMeasurementHash: fc.constantFrom('b'.repeat(64), 'd'.repeat(64)),
});

const key = (one: BoundAdjustment): string =>
  [one.tenantId, one.targetUrn, one.action, one.executionFingerprint, one.timestamp].join(' ');
const arbitrarySet = fc.uniqueArray(arbitraryAdjustment, { selector: key, maxLength: 12 });

describe('the durable engine against an independent model', () => {
  test('decides as the model does, for every base, in any order of arrival', () => {
    fc.assert(
      fc.property(arbitrarySet, fc.boolean(), fc.infiniteStream(fc.nat()), (set, base, order) => {
        const shuffled = set
          .map((one) => ({ one, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        state.db.exec('DELETE FROM adjustments');
        record(...shuffled);
        const engine = createPolicyEngine(state.db);
        const decision = engine.evaluate(TENANT, TARGET, base, NOW * 1000);
        expect(decision.allow).toBe(referenceAllows(set, TENANT, TARGET, base, NOW));
        const alive = set.filter((one) => key(one).startsWith(`${TENANT} ${TARGET} `));
        expect(engine.living(TENANT, TARGET, NOW * 1000).map(key)).toEqual(
          livingAdjustments(alive, NOW).map(key),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('the same key twice, with other numbers: the order of arrival decides nothing and nothing gets weaker', () => {
    fc.assert(
      fc.property(fc.array(arbitraryAdjustment, { minLength: 2, maxLength: 5 }), (drawn) => {
        const [first] = drawn;
        if (first === undefined) return;
        const same = drawn.map((one) => ({
          ...first,
          confidence: one.confidence,
          ttlSeconds: one.ttlSeconds,
          rationale: one.rationale,
          attestationMeasurementHash: one.attestationMeasurementHash,
        }));
        const outcomes = [same, [...same].reverse()].map((order) => {
          state.db.exec('DELETE FROM adjustments');
          record(...order);
          return state.db.prepare('SELECT * FROM adjustments').all();
        });
        expect(outcomes[0]).toEqual(outcomes[1]);
        const stored = outcomes[0]?.[0];
        expect(stored?.confidence).toBe(Math.max(...same.map((one) => one.confidence)));
        expect(stored?.ttl_seconds).toBe(Math.max(...same.map((one) => one.ttlSeconds)));
      }),
      { numRuns: 60 },
    );
  });

  test('base false is never turned into true', () => {
    fc.assert(
      fc.property(fc.option(arbitraryAdjustment, { nil: null }), (winner) => {
        expect(evaluatePolicy(false, winner).allow).toBe(false);
      }),
    );
  });

  test('the order is total: two adjustments compare as equal only if they are', () => {
    fc.assert(
      fc.property(arbitraryAdjustment, arbitraryAdjustment, (a, b) => {
        const forth = compareRestrictiveFirst(a, b);
        expect(Math.sign(forth) + Math.sign(compareRestrictiveFirst(b, a))).toBe(0);
        if (forth === 0)
          expect({ ...a, tenantId: '', targetUrn: '' }).toEqual({ ...b, tenantId: '', targetUrn: '' });
      }),
    );
  });
});

describe('the rules of section 14, one by one', () => {
  test('a later observe does not erase a living deny; once it has expired the observe binds', () => {
    record(
      adjustment({ action: 'deny', confidence: 1, ttlSeconds: 60 }),
      adjustment({ action: 'observe', timestamp: NOW + 5 }),
    );
    const engine = createPolicyEngine(state.db);
    expect(engine.evaluate(TENANT, TARGET, true, (NOW + 6) * 1000)).toMatchObject({
      allow: false,
      context: { feedback_action: 'deny' },
    });
    expect(engine.evaluate(TENANT, TARGET, true, (NOW + 59.999) * 1000).allow).toBe(false);
    expect(engine.evaluate(TENANT, TARGET, true, (NOW + 60) * 1000)).toMatchObject({
      allow: true,
      context: { feedback_bound: true, feedback_action: 'observe' },
    });
  });

  test.each([
    [0.79, true],
    [0.8, false],
    [0.82, false],
  ])('tighten with confidence %p allows: %p', (confidence, allow) => {
    record(adjustment({ action: 'tighten', confidence }));
    expect(createPolicyEngine(state.db).evaluate(TENANT, TARGET, true, NOW * 1000).allow).toBe(allow);
  });

  test('ties: the higher confidence, then the later expiry', () => {
    record(
      adjustment({ action: 'tighten', confidence: 0.82, ttlSeconds: 60, rationale: 'short' }),
      adjustment({
        action: 'tighten',
        confidence: 0.82,
        ttlSeconds: 1800,
        rationale: 'long',
        executionFingerprint: 'c'.repeat(64),
      }),
      adjustment({
        action: 'tighten',
        confidence: 0.5,
        ttlSeconds: 86_400,
        rationale: 'weak',
        executionFingerprint: 'd'.repeat(64),
      }),
    );
    const living = createPolicyEngine(state.db).living(TENANT, TARGET, NOW * 1000);
    expect(living.map((one) => one.rationale)).toEqual(['long', 'short', 'weak']);
  });

  test('an unknown action counts as observe, and is shown as it was written', () => {
    record(adjustment({ action: 'annihilate', confidence: 1 }));
    expect(createPolicyEngine(state.db).evaluate(TENANT, TARGET, true, NOW * 1000)).toMatchObject({
      allow: true,
      context: { feedback_action: 'annihilate' },
    });
  });

  test('tenants are compared lower-cased, targets exactly', () => {
    record(adjustment({ action: 'deny', tenantId: TENANT.toUpperCase() }));
    const engine = createPolicyEngine(state.db);
    expect(engine.evaluate(TENANT, TARGET, true, NOW * 1000).allow).toBe(false);
    expect(engine.evaluate(TENANT.toUpperCase(), TARGET, true, NOW * 1000).allow).toBe(false);
    expect(engine.evaluate(TENANT, TARGET.toUpperCase(), true, NOW * 1000)).toEqual({
      allow: true,
      context: {
        feedback_bound: false,
        feedback_action: null,
        feedback_confidence: null,
        feedback_control: null,
        feedback_rationale: null,
        feedback_ttl_seconds: null,
        feedback_attestation_measurement_hash: null,
      },
    });
  });

  test('survives a restart; expired ones leave when they are swept', () => {
    record(
      adjustment({ action: 'deny', ttlSeconds: 60 }),
      adjustment({ action: 'tighten', confidence: 0.9, ttlSeconds: 1800 }),
    );
    state.close();
    state = openState(directory.path);
    const engine = createPolicyEngine(state.db);
    expect(engine.evaluate(TENANT, TARGET, true, NOW * 1000).context.feedback_action).toBe('deny');
    expect(sweepExpiredAdjustments(state.db, NOW + 60)).toBe(1);
    expect(engine.livingByTarget({}, (NOW + 60) * 1000)).toHaveLength(1);
  });
});
