import { expect, test } from '@jest/globals';
import { lifeOf, placeLife, ticksOf, windowOf } from '../../../src/views/feedback/life.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 8, minute)).toISOString();
const life = (issued: number, expires: number, more: { promised?: number; withdrawn?: number } = {}) => ({
  issued_at: at(issued),
  expires_at: at(expires),
  promised_until: more.promised === undefined ? null : at(more.promised),
  withdrawn_at: more.withdrawn === undefined ? null : at(more.withdrawn),
});
const window = { from: Date.parse(at(0)), to: Date.parse(at(100)) };

test('what ended by itself does not linger; what was ended by hand does, for who has it', () => {
  expect(placeLife(life(10, 40), window)).toEqual({ sent: { begin: 0.1, end: 0.4 }, lingers: null });
  expect(placeLife(life(10, 20, { promised: 40 }), window)).toEqual({
    sent: { begin: 0.1, end: 0.2 },
    lingers: { begin: 0.2, end: 0.4 },
  });
  expect(placeLife(life(10, 40, { withdrawn: 15 }), window)).toEqual({
    sent: { begin: 0.1, end: 0.15 },
    lingers: { begin: 0.15, end: 0.4 },
  });
  // Shortened, then withdrawn: it lingers until what was promised first.
  expect(placeLife(life(10, 20, { promised: 60, withdrawn: 15 }), window).lingers).toEqual({
    begin: 0.15,
    end: 0.6,
  });
  // What reaches beyond the window is cut at its edge.
  expect(placeLife(life(-30, 160), window).sent).toEqual({ begin: 0, end: 1 });
});

test('the window holds every life, also what lingers, and now', () => {
  const now = Date.parse(at(50));
  const shown = windowOf([life(10, 20, { promised: 90 }), life(5, 30)], now);
  expect(shown.from).toBeLessThan(Date.parse(at(5)));
  expect(shown.to).toBeGreaterThan(Date.parse(at(90)));
  const alone = windowOf([], now);
  expect(alone.to).toBeGreaterThan(alone.from);
});

test('marks are round times within the window, and not too many', () => {
  for (const minutes of [3, 40, 300, 3000, 500_000]) {
    const long = { from: window.from, to: window.from + minutes * 60_000 };
    const ticks = ticksOf(long, 5);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.every((tick) => tick >= long.from && tick <= long.to && tick % 60_000 === 0)).toBe(true);
  }
});

test('a life in words', () => {
  expect([60, 90, 1800, 5400, 86_400, 100_000, 0].map(lifeOf)).toEqual([
    '1 min',
    '1 min 30 s',
    '30 min',
    '1 h 30 min',
    '1 d',
    '1 d 3 h',
    '0 s',
  ]);
});
