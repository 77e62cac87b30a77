import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LoopGuard } from '../../src/accept/loop-guard.ts';

const MARKS = { highMs: 500, lowMs: 100 };

function feed(guard: LoopGuard, ...delays: number[]): boolean {
  for (const delay of delays) guard.observe(delay);
  return guard.shedding;
}

describe('the event-loop guard, measured by hand', () => {
  test('one long pause, or two, is no overload; three in a row are', () => {
    expect(feed(new LoopGuard(MARKS), 9_000, 9_000, 0, 9_000, 9_000, 499)).toBe(false);
    expect(feed(new LoopGuard(MARKS), 501, 501, 501)).toBe(true);
    expect(feed(new LoopGuard(MARKS), 500, 500, 500, 500)).toBe(false);
  });

  test('goes on shedding between the marks, and recovers below the lower one for five in a row', () => {
    const changes: boolean[] = [];
    const guard = new LoopGuard({ ...MARKS, onChange: (shedding) => changes.push(shedding) });
    feed(guard, 600, 600, 600);
    expect(feed(guard, 200, 100, 499, 200, 200, 200, 200)).toBe(true);
    expect(feed(guard, 99, 99, 99, 99, 100)).toBe(true);
    expect(feed(guard, 99, 99, 99, 99)).toBe(true);
    expect(feed(guard, 99)).toBe(false);
    expect(changes).toEqual([true, false]);
    expect(feed(guard, 600, 600, 600)).toBe(true);
  });

  test('a high mark of 0 is no guard', () => {
    expect(feed(new LoopGuard({ highMs: 0, lowMs: 1 }), ...Array<number>(20).fill(60_000))).toBe(false);
  });

  test('whatever is measured: it begins only above the high mark and ends only below the low one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 200 }), (delays) => {
        const guard = new LoopGuard(MARKS);
        let before = false;
        for (const delay of delays) {
          guard.observe(delay);
          if (guard.shedding && !before) expect(delay).toBeGreaterThan(MARKS.highMs);
          if (!guard.shedding && before) expect(delay).toBeLessThan(MARKS.lowMs);
          before = guard.shedding;
        }
      }),
    );
  });
});
