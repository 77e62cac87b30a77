import { describe, expect, test } from '@jest/globals';
import { FrameScanner } from '../src/postgres-proxy.ts';
import { seededRandom } from '../src/random.ts';

function frame(type: string, payload: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, Buffer.from(payload, 'latin1')]);
}

/** What a commit's answer looks like; the row holds bytes that look like the frame that is waited for. */
const answer = Buffer.concat([
  frame('2', ''),
  frame('D', 'Z\0\0\0\x05I'),
  frame('C', 'SELECT 1\0'),
  frame('Z', 'I'),
]);

describe('FrameScanner', () => {
  test('sees the end of a statement with a row, and nothing before it, wherever the chunks are cut', () => {
    for (let cut = 0; cut < answer.length; cut += 1) {
      const scanner = new FrameScanner();
      expect(scanner.scan(answer.subarray(0, cut))).toBe(false);
      expect(scanner.scan(answer.subarray(cut))).toBe(true);
    }
  });

  test('byte by byte as well', () => {
    const scanner = new FrameScanner();
    const seen = [...answer].map((byte) => scanner.scan(Buffer.of(byte)));
    expect(seen.indexOf(true)).toBe(answer.length - 1);
  });

  test('an open or failed transaction, and a statement without a row, are not it', () => {
    const scanner = new FrameScanner();
    expect(scanner.scan(Buffer.concat([frame('D', 'x'), frame('Z', 'T')]))).toBe(false);
    expect(scanner.scan(Buffer.concat([frame('E', 'x'), frame('Z', 'I')]))).toBe(false);
  });
});

test('the same seed makes the same choices', () => {
  const [one, same, other] = [seededRandom(5), seededRandom(5), seededRandom(6)];
  const draw = (random: typeof one) => Array.from({ length: 50 }, () => random.between(0, 1_000));
  const first = draw(one);
  expect(draw(same)).toEqual(first);
  expect(draw(other)).not.toEqual(first);
});
