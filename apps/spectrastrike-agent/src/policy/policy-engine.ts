import type { DatabaseSync } from 'node:sqlite';
import { adjustmentsOf, listAdjustments, type StoredAdjustment } from './adjustment-store.ts';
import { evaluatePolicy, type PolicyDecision } from './evaluate-policy.ts';
import { livingAdjustments } from './merge-adjustments.ts';

/** PROTOCOL.md section 14: decisions over the durable set of verified adjustments. Reads only. */
export interface PolicyEngine {
  /** Never turns a `base` of false into true. `nowMs` in Unix milliseconds. */
  evaluate(tenantId: string, targetUrn: string, base: boolean, nowMs: number): PolicyDecision;
  /** What binds a target now, most restrictive first. */
  living(tenantId: string, targetUrn: string, nowMs: number): readonly StoredAdjustment[];
  /** All living adjustments of a tenant (or of all), grouped by target, most restrictive first. */
  livingByTarget(
    filter: { readonly tenantId?: string | undefined; readonly targetUrn?: string | undefined },
    nowMs: number,
  ): readonly (readonly StoredAdjustment[])[];
}

export function createPolicyEngine(db: DatabaseSync): PolicyEngine {
  const living = (tenantId: string, targetUrn: string, nowMs: number): readonly StoredAdjustment[] =>
    livingAdjustments(adjustmentsOf(db, tenantId, targetUrn), nowMs / 1000);
  return {
    living,
    evaluate: (tenantId, targetUrn, base, nowMs) =>
      evaluatePolicy(base, living(tenantId, targetUrn, nowMs)[0] ?? null),
    livingByTarget: (filter, nowMs) => {
      const byTarget = new Map<string, StoredAdjustment[]>();
      for (const one of listAdjustments(db, filter)) {
        const key = JSON.stringify([one.tenantId, one.targetUrn]);
        const group = byTarget.get(key);
        if (group === undefined) byTarget.set(key, [one]);
        else group.push(one);
      }
      return [...byTarget.values()]
        .map((group) => livingAdjustments(group, nowMs / 1000))
        .filter((group) => group.length > 0);
    },
  };
}
