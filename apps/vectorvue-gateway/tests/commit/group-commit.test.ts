import { expect, test } from '@jest/globals';
import { createCommitQueue } from '../../src/commit/group-commit.ts';
import type { Commit, CommitOutcome, CommitRequest } from '../../src/store/commit-types.ts';
import { event, evidence, newParty, refusal, request, telemetry } from '../store/requests.ts';

const RECORDED: CommitOutcome = { status: 'committed', items: [] };

/** A commit that returns when it is told to. */
function manualCommit() {
  const flushes: {
    readonly requests: readonly CommitRequest[];
    finish(outcomes?: readonly CommitOutcome[]): void;
  }[] = [];
  const commit: Commit = (requests) =>
    new Promise((resolve) => {
      flushes.push({ requests, finish: (outcomes) => resolve(outcomes ?? requests.map(() => RECORDED)) });
    });
  return { commit, flushes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const party = newParty();
const one = () => refusal(party, null);

test('an idle queue sends with the turn of the event loop; what comes meanwhile goes together, in order', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit);
  const first = queue.commit([one()]);
  await turn();
  expect(flushes).toHaveLength(1);
  const later = [one(), one(), one()];
  const answers = later.map((sent) => queue.commit([sent]));
  await turn();
  expect(flushes).toHaveLength(1);
  expect(queue.depth()).toBe(4);
  flushes[0]?.finish();
  expect(await first).toEqual([RECORDED]);
  await turn();
  expect(flushes[1]?.requests).toEqual(later);
  flushes[1]?.finish([{ status: 'replay' }, RECORDED, { status: 'unavailable' }]);
  expect((await Promise.all(answers)).flat()).toEqual([
    { status: 'replay' },
    RECORDED,
    { status: 'unavailable' },
  ]);
  await queue.settled();
  expect(queue.depth()).toBe(0);
});

test('what one turn of the event loop brings is one flush', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit);
  const sent = [one(), one(), one()];
  const answers = [];
  for (const request of sent) {
    answers.push(queue.commit([request]));
    await null;
  }
  await turn();
  expect(flushes.map((flush) => flush.requests)).toEqual([sent]);
  flushes[0]?.finish();
  await Promise.all(answers);
});

test('several requests of one caller keep together in the answer, across flushes', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit, { maxBatch: 2 });
  const answer = queue.commit([one(), one(), one()]);
  for (let index = 0; index < 2; index += 1) {
    await turn();
    flushes[index]?.finish(
      flushes[index]?.requests.map(() => (index === 0 ? RECORDED : { status: 'replay' })),
    );
  }
  expect(await answer).toEqual([RECORDED, RECORDED, { status: 'replay' }]);
  expect(flushes.map((flush) => flush.requests.length)).toEqual([2, 1]);
});

test('beyond its bound it is unavailable, at once, and takes more when there is room', async () => {
  const { commit, flushes } = manualCommit();
  const shed: string[] = [];
  const queue = createCommitQueue(commit, { maxQueue: 2, onShed: (reason) => shed.push(reason) });
  const taken = [queue.commit([one()]), queue.commit([one()])];
  expect(await queue.commit([one()])).toEqual([{ status: 'unavailable' }]);
  expect(shed).toEqual(['commit_queue_requests']);
  await turn();
  flushes[0]?.finish();
  await Promise.all(taken);
  const more = queue.commit([one()]);
  await turn();
  flushes[1]?.finish();
  expect((await Promise.all([...taken, more])).flat()).toEqual([RECORDED, RECORDED, RECORDED]);
});

test('its bound in bytes counts what is under way too; an empty queue takes a body of any size', async () => {
  const { commit, flushes } = manualCommit();
  const shed: string[] = [];
  const queue = createCommitQueue(commit, { maxQueueBytes: 100, onShed: (reason) => shed.push(reason) });
  for (let round = 0; round < 2; round += 1) {
    const large = queue.commit([refusal(party, new Uint8Array(1_000))]);
    expect(await queue.commit([refusal(party, new Uint8Array(1))])).toEqual([{ status: 'unavailable' }]);
    expect(shed).toHaveLength(round + 1);
    await turn();
    flushes[round]?.finish();
    expect(await large).toEqual([RECORDED]);
    await queue.settled();
  }
  expect(new Set(shed)).toEqual(new Set(['commit_queue_bytes']));
});

test('a flush that throws gives its room back', async () => {
  const broken: Commit = () => Promise.reject(new TypeError('injected'));
  const queue = createCommitQueue(broken, { maxQueue: 1, maxQueueBytes: 1 });
  for (let round = 0; round < 3; round += 1) {
    expect(await queue.commit([refusal(party, new Uint8Array(9))])).toEqual([{ status: 'unknown' }]);
    await queue.settled();
  }
});

test('a flush is bounded in bytes, but one large request goes by itself', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit, { maxBatchBytes: 1_000 });
  const large = (bytes: number) =>
    request(party, {
      kind: 'events',
      evidence: evidence({ body: new Uint8Array(bytes) }),
      items: [event('e')],
    });
  const sent = [one(), large(600), large(600), large(5_000), refusal(party, new Uint8Array(900))];
  const answers = sent.map((each) => queue.commit([each]));
  for (let index = 0; index < 4; index += 1) {
    await turn();
    flushes[index]?.finish();
  }
  await Promise.all(answers);
  // The first weighs nothing.
  expect(flushes.map((flush) => flush.requests.length)).toEqual([2, 1, 1, 1]);
});

test('a commit that throws, or answers too little, leaves its requests unknown and the queue working', async () => {
  let calls = 0;
  const queue = createCommitQueue(async (requests) => {
    calls += 1;
    if (calls === 1) throw new Error('a fault');
    return calls === 2 ? [] : requests.map(() => RECORDED);
  });
  expect(await queue.commit([one()])).toEqual([{ status: 'unknown' }]);
  expect(await queue.commit([telemetry(party, [event('e')])])).toEqual([{ status: 'unknown' }]);
  expect(await queue.commit([one()])).toEqual([RECORDED]);
});

test('a store that is away refuses what waits, leaves alone what is under way, and takes the next', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit, { maxQueue: 2 });
  const underWay = queue.commit([one()]);
  await turn();
  const waits = queue.commit([one()]);
  queue.refuseWaiting();
  expect(await waits).toEqual([{ status: 'unavailable' }]);
  expect(queue.depth()).toBe(1);
  const next = queue.commit([one()]);
  flushes[0]?.finish([{ status: 'unknown' }]);
  expect(await underWay).toEqual([{ status: 'unknown' }]);
  await turn();
  flushes[1]?.finish();
  expect(await next).toEqual([RECORDED]);
  queue.refuseWaiting();
  await queue.settled();
  expect(queue.depth()).toBe(0);
});

test('nothing asked, nothing waits', async () => {
  const { commit, flushes } = manualCommit();
  const queue = createCommitQueue(commit);
  expect(await queue.commit([])).toEqual([]);
  await queue.settled();
  const answer = queue.commit([one()]);
  await turn();
  flushes[0]?.finish();
  expect(await answer).toEqual([RECORDED]);
});
