import { expect, test } from '@jest/globals';
import { type Sender, sendClosed, sendOpen } from '../src/send-loops.ts';

const requests = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.from('request'));

/** Answers in the next turn of the event loop; `used` counts what each connection was given. */
function connections(count: number): { readonly all: Sender[]; readonly used: number[] } {
  const used = Array.from({ length: count }, () => 0);
  const all = used.map(
    (_, index): Sender => ({
      send: (_request, onAnswer) => {
        used[index] = (used[index] ?? 0) + 1;
        setImmediate(() => onAnswer(202));
      },
    }),
  );
  return { all, used };
}

test('the maximum is counted while every connection is at work, the answers are all', async () => {
  const sent = await sendClosed(connections(2).all, requests(6));
  expect(sent.statuses).toEqual({ 202: 6 });
  expect(sent.latencies).toHaveLength(6);
  // Two until both have answered, and two after the sixth was given away.
  expect(sent.steady.answers).toBe(2);
  expect(sent.steady.seconds).toBeLessThan(sent.seconds);
});

test('where nothing is between beginning and end, the whole counts', async () => {
  const sent = await sendClosed(connections(4).all, requests(4));
  expect(sent.steady).toEqual({ answers: 4, seconds: sent.seconds });
});

test('at a given rate each connection gets its turn', async () => {
  const { all, used } = connections(3);
  await sendOpen(all, requests(12), 1_000);
  expect(used.every((count) => count > 0)).toBe(true);
});
