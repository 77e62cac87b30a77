import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { buildDeliveredGraphs } from '../../src/graph/build-delivered-graphs.ts';
import { buildRecentGraphs } from '../../src/graph/build-recent-graphs.ts';
import {
  emptyPushedGraphs,
  graphBody,
  isAnyGraphPushed,
  listGraphs,
  markPushed,
} from '../../src/graph/graph-store.ts';
import { emptyDelivered } from '../../src/spool/empty-delivered.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { laneOf, newEvent, newEvents, TENANT } from '../support/events.ts';

const LANE = laneOf('https://gateway.test');
const DAY = 86_400_000;
let directory: ReturnType<typeof temporaryDirectory>;
let state: State;
let spool: Spool;
let nowMs: number;

beforeEach(() => {
  directory = temporaryDirectory('recent');
  state = openState(directory.path);
  nowMs = Date.UTC(2026, 0, 1);
  spool = createSpool(state, { now: () => nowMs });
});
afterEach(() => {
  state.close();
  directory.remove();
});

function deliver(...seqs: readonly number[]): void {
  spool.settle(
    seqs.map(
      (seq) => ({ kind: 'delivered', seq, duplicate: false, requestId: null, receipt: null }) as const,
    ),
  );
}

const build = () => buildRecentGraphs(state, nowMs, async () => {});
const graphs = () => state.read(() => listGraphs(state.db, {}));

test('an execution becomes one graph once nothing of it waits, a new one is looked at and an old one is not', async () => {
  // One execution of two events, and one of one.
  const { executionHash } = newEvent('a');
  spool.enqueue(LANE, null, [newEvent('a'), { ...newEvent('b'), executionHash }, newEvent('c')]);
  deliver(1, 3);
  expect(await build()).toBe(1);
  expect(graphs().map((one) => one.executionFingerprint)).toEqual([newEvent('c').executionHash]);
  nowMs += 60_000;
  deliver(2);
  expect(await build()).toBe(1);
  expect(
    graphs()
      .map((one) => one.executionFingerprint)
      .sort(),
  ).toEqual([executionHash, newEvent('c').executionHash].sort());
  nowMs += 60_000;
  expect(await build()).toBe(0);
});

test('the first look goes back a day; what was delivered before is for graph build', async () => {
  spool.enqueue(LANE, null, newEvents(2));
  deliver(1);
  nowMs += DAY + 1;
  deliver(2);
  expect(await build()).toBe(1);
  expect(graphs().map((one) => one.executionFingerprint)).toEqual([newEvent('e0001').executionHash]);
});

test('an execution of which payloads were let go gets no poorer graph; a pushed body goes, what anchors stays', async () => {
  spool.enqueue(LANE, null, newEvents(1));
  deliver(1);
  expect(await build()).toBe(1);
  const [graph] = graphs();
  if (graph === undefined) throw new Error('there is no graph');
  state.transaction(() => markPushed(state.db, graph.graphId, nowMs, null));
  emptyDelivered(state, nowMs + 1, nowMs);
  expect(state.transaction(() => emptyPushedGraphs(state.db, nowMs, 10))).toBe(0);
  expect(state.transaction(() => emptyPushedGraphs(state.db, nowMs + 1, 10))).toBe(1);
  expect(state.transaction(() => emptyPushedGraphs(state.db, nowMs + 1, 10))).toBe(0);
  expect(state.read(() => graphBody(state.db, graph.graphId))).toBe(null);
  expect(state.read(() => isAnyGraphPushed(state.db, TENANT))).toBe(true);
  // The same execution again, now that there is nothing to build it from.
  expect(buildDeliveredGraphs(state, {}, nowMs)).toEqual([]);
  expect(await build()).toBe(0);
  expect(graphs()).toHaveLength(1);
});
