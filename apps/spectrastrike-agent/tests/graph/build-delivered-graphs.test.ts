import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { buildDeliveredGraphs } from '../../src/graph/build-delivered-graphs.ts';
import { listGraphs, markPushed } from '../../src/graph/graph-store.ts';
import { createSpool } from '../../src/spool/spool.ts';
import type { NewEvent } from '../../src/spool/types.ts';
import { openState, type State } from '../../src/state/open-state.ts';

const LANE = { gateway: 'https://g', operatorId: 'op-001', tenantId: '10000000-0000-0000-0000-00000000000A' };
const NOW = 1_800_000_000_000;
let directory: ReturnType<typeof temporaryDirectory>;
let state: State;

beforeEach(() => {
  directory = temporaryDirectory('graph');
  state = openState(directory.path);
});
afterEach(() => {
  state.close();
  directory.remove();
});

function newEvent(
  eventId: string,
  executionHash: string,
  targetUrn: string,
  attestation = 'b'.repeat(64),
): NewEvent {
  const attributes = { asset_ref: '10.0.0.5', attestation_measurement_hash: attestation };
  return {
    eventId,
    payload: {
      event_id: eventId,
      event_type: 'X',
      severity: 'high',
      mitre_techniques: ['T1046'],
      attributes,
    },
    executionHash,
    campaignId: 'cmp',
    fingerprintTimestamp: '2026-02-26T12:00:00Z',
    assetRef: '10.0.0.5',
    targetUrn,
    observedAt: '2026-02-26T12:00:00Z',
    manifestHash: 'mh-1',
    toolHash: 'sha256:1',
    policyDecisionHash: 'ph-1',
    attestationMeasurementHash: attestation,
  };
}

function deliver(...events: readonly NewEvent[]): void {
  const spool = createSpool(state, { now: () => NOW });
  spool.enqueue(LANE, null, events);
  const lane = spool.openLane(LANE);
  const waiting = spool.nextEvents(lane.laneId, {
    kind: 'first',
    nowMs: NOW,
    limit: 100,
    exclude: new Set(),
  });
  spool.settle(
    waiting.map(({ seq }) => ({ kind: 'delivered', seq, duplicate: false, requestId: 'r', receipt: null })),
  );
}

test('one graph for each execution and target; only what was delivered; filters; stable; grows', () => {
  const [A, C] = ['a'.repeat(64), 'c'.repeat(64)] as const;
  deliver(newEvent('e1', A, 'urn:t:1'), newEvent('e2', A, 'urn:t:2'), newEvent('e3', C, 'urn:t:1'));
  createSpool(state, { now: () => NOW }).enqueue(LANE, null, [newEvent('waiting', A, 'urn:t:1')]);

  const built = buildDeliveredGraphs(state, {}, NOW);
  expect(
    built.map((one) => [one.execution.executionFingerprint, one.execution.targetUrn, one.eventsTotal]),
  ).toEqual([
    [A, 'urn:t:1', 1],
    [A, 'urn:t:2', 1],
    [C, 'urn:t:1', 1],
  ]);
  expect(buildDeliveredGraphs(state, {}, NOW).every((one) => !one.isNew)).toBe(true);
  expect(
    buildDeliveredGraphs(state, { executionHash: A.toUpperCase(), targetUrn: 'urn:t:2' }, NOW),
  ).toHaveLength(1);
  expect(buildDeliveredGraphs(state, { targetUrn: 'urn:t:none' }, NOW)).toEqual([]);

  // One is pushed; then an execution grows. The pushed graph stays, the unpushed one gives way.
  const pushed = built[0]?.graphId ?? '';
  markPushed(state.db, pushed, NOW, 'request-1');
  deliver(newEvent('e4', A, 'urn:t:2'));
  buildDeliveredGraphs(state, {}, NOW + 1);
  const stored = listGraphs(state.db, { executionHash: A });
  expect(stored.filter((one) => one.targetUrn === 'urn:t:2')).toHaveLength(1);
  expect(stored.filter((one) => one.targetUrn === 'urn:t:1').map((one) => one.pushedAtMs)).toEqual([
    NOW,
    null,
  ]);
});

test('two attestations of one fingerprint are two graphs; a target nobody could send is named and left', () => {
  const A = 'a'.repeat(64);
  deliver(
    newEvent('e1', A, 'urn:t:1', 'b'.repeat(64)),
    newEvent('e2', A, 'urn:t:1', 'd'.repeat(64)),
    newEvent('e3', A, 'x'.repeat(513)),
  );
  const built = buildDeliveredGraphs(state, {}, NOW);
  expect(
    built.filter((one) => one.graphId !== null).map((one) => one.execution.attestationMeasurementHash),
  ).toEqual(['b'.repeat(64), 'd'.repeat(64)]);
  expect(built.find((one) => one.graphId === null)?.fault).toContain('513 characters');
});
