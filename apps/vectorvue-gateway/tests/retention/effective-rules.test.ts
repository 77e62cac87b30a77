import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { effectiveRules } from '../../src/retention/plan-pruning.ts';
import type { RetentionRule } from '../../src/retention/retention-rule.ts';

const TENANTS = ['a', 'b', 'c', ''];

const rule = fc.record({
  tenant_id: fc.constantFrom('*', ...TENANTS),
  class: fc.constantFrom('evidence' as const, 'decision' as const),
  erases: fc.constantFrom('body' as const, 'entry' as const),
  days: fc.option(fc.integer({ min: 1, max: 100 })),
});
const keyOf = (one: RetentionRule) => [one.tenant_id, one.class, one.erases].join('|');
const rules = fc.uniqueArray(rule, { selector: keyOf });

test('each tenant has one rule at most for a class and what it erases: its own, else that of all', () => {
  fc.assert(
    fc.property(rules, (given) => {
      const found = effectiveRules(given, () => TENANTS);
      const model = TENANTS.flatMap((tenant) =>
        (['evidence', 'decision'] as const).flatMap((of) =>
          (['body', 'entry'] as const).flatMap((erases) => {
            const fits = (whose: string) =>
              given.find((one) => one.tenant_id === whose && one.class === of && one.erases === erases);
            const chosen = fits(tenant) ?? fits('*');
            return chosen === undefined ? [] : [`${tenant}|${of}|${erases}|${chosen.days}`];
          }),
        ),
      );
      const said = found.map(({ tenant, rule: one }) => `${tenant}|${one.class}|${one.erases}|${one.days}`);
      expect(said.sort()).toEqual(model.sort());
    }),
  );
});
