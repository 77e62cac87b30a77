import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ActionField, bodyOf } from '../../../src/views/trust/action-body.ts';
import { axisOf, type LifeStep, spansOf } from '../../../src/views/trust/life-spans.ts';

const STATES = ['pending', 'active', 'retiring', 'revoked'] as const;
const LEAST = 300_000;

const life = fc
  .array(
    fc.record({ state: fc.constantFrom(...STATES), at: fc.integer({ min: 0, max: 1_900_000_000_000 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((steps): readonly LifeStep[] =>
    steps
      .toSorted((left, right) => left.at - right.at)
      .map(({ state, at }) => ({ state, from: new Date(at).toISOString() })),
  );

test('a life covers its axis from its first step to the end, without a gap', () => {
  fc.assert(
    fc.property(life, fc.integer({ min: 1_900_000_000_001, max: 2_000_000_000_000 }), (steps, now) => {
      const axis = axisOf([steps], now);
      expect(axis.until - axis.from).toBeGreaterThanOrEqual(LEAST);
      const spans = spansOf(steps, axis);
      expect(spans.at(-1)).toMatchObject({ state: steps.at(-1)?.state, end: 1 });
      for (const [index, { start, end }] of spans.entries()) {
        expect(end).toBeGreaterThan(start);
        if (index > 0) expect(start).toBe(spans[index - 1]?.end);
      }
    }),
  );
});

test('what lies before an axis is cut off, and what lies after it is left out', () => {
  const steps: readonly LifeStep[] = [
    { state: 'pending', from: '2026-01-01T00:00:00Z' },
    { state: 'active', from: '2026-01-02T00:00:00Z' },
    { state: 'revoked', from: '2026-01-04T00:00:00Z' },
  ];
  const axis = { from: Date.parse('2026-01-02T00:00:00Z'), until: Date.parse('2026-01-03T00:00:00Z') };
  expect(spansOf(steps, axis)).toEqual([{ state: 'active', start: 0, end: 1 }]);
});

test('a form says a body; what is no number or time goes as it is, for the gateway to say so', () => {
  const fields: readonly ActionField[] = [
    { name: 'kid', label: '', kind: 'text' },
    { name: 'tenants', label: '', kind: 'list' },
    { name: 'overlap_seconds', label: '', kind: 'days', required: true },
    { name: 'every_seconds', label: '', kind: 'days' },
    { name: 'not_after', label: '', kind: 'time' },
    { name: 'active', label: '', kind: 'flag' },
  ];
  const said = (values: Readonly<Record<string, string>>) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(values)) form.set(name, value);
    return bodyOf(fields, form);
  };
  const empty = {
    kid: null,
    tenants: null,
    overlap_seconds: '',
    every_seconds: null,
    not_after: null,
    active: false,
  };
  expect(said({})).toEqual(empty);
  expect(
    said({
      kid: ' a ',
      tenants: 'x, y\nz',
      overlap_seconds: '1.5',
      not_after: '2026-01-01T00:00:00Z',
      active: 'on',
    }),
  ).toEqual({
    ...empty,
    kid: 'a',
    tenants: ['x', 'y', 'z'],
    overlap_seconds: 129_600,
    not_after: '2026-01-01T00:00:00.000Z',
    active: true,
  });
  expect(said({ overlap_seconds: 'seven', not_after: 'soon' })).toMatchObject({
    overlap_seconds: 'seven',
    not_after: 'soon',
  });
});
