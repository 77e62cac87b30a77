import { expect, test } from '@jest/globals';
import { boundCommit } from '../../src/accept/bound-commit.ts';
import { deferred } from '../../src/accept/deferred.ts';
import type { Commit, CommitRequest } from '../../src/store/commit-types.ts';

const LIMITS = { commitQueueRequests: 3, commitQueueBytes: 100 };

function request(bytes: number): CommitRequest {
  const effect = { kind: 'refusal', code: 'schema_invalid', refusedBody: new Uint8Array(bytes) };
  return { requestId: 'r', effect } as unknown as CommitRequest;
}

/** A commit that is under way until it is let go. */
function heldCommit() {
  const gate = deferred();
  const commit: Commit = async (requests) => {
    await gate.promise;
    return requests.map(() => ({ status: 'replay' }));
  };
  return { commit, release: gate.resolve };
}

test('what goes beyond the number of requests is unavailable at once, and room comes back', async () => {
  const { commit, release } = heldCommit();
  const shed: string[] = [];
  const bounded = boundCommit(commit, LIMITS, (reason) => shed.push(reason));
  const taken = [bounded([request(1)]), bounded([request(1), request(1)])];
  expect(await bounded([request(1)])).toEqual([{ status: 'unavailable' }]);
  expect(shed).toEqual(['commit_queue_requests']);
  release();
  expect((await Promise.all(taken)).flat()).toEqual(Array(3).fill({ status: 'replay' }));
  expect(await bounded([request(1)])).toEqual([{ status: 'replay' }]);
});

test('nor beyond the bytes; an empty queue takes one of any size', async () => {
  const { commit, release } = heldCommit();
  const shed: string[] = [];
  const bounded = boundCommit(commit, LIMITS, (reason) => shed.push(reason));
  const large = bounded([request(1000)]);
  expect(await bounded([request(1)])).toEqual([{ status: 'unavailable' }]);
  expect(shed).toEqual(['commit_queue_bytes']);
  release();
  expect(await large).toEqual([{ status: 'replay' }]);
});

test('a commit that throws gives its room back', async () => {
  const bounded = boundCommit(
    async () => {
      throw new TypeError('injected');
    },
    { commitQueueRequests: 1, commitQueueBytes: 1 },
    () => undefined,
  );
  for (let round = 0; round < 3; round += 1) await expect(bounded([request(9)])).rejects.toThrow('injected');
});
