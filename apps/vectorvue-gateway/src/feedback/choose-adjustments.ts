import type { AdjustmentRow } from '../store/commit-types.ts';

/** What of an adjustment travels; the tenant is added when it is written. */
export type Choice = Omit<AdjustmentRow, 'cause' | 'causeId' | 'ruleId'>;

const RESTRICTIVENESS: Readonly<Record<string, number>> = { observe: 0, tighten: 1, deny: 2 };

/**
 * One per target and action (the newest), the most restrictive first up to `limit`, then written in ascending
 * order, so that a peer for which the last one wins ends on the most restrictive (PROTOCOL.md section 8).
 */
export function chooseAdjustments(candidates: readonly Choice[], limit: number): readonly Choice[] {
  const newest = new Map<string, Choice>();
  for (const candidate of candidates) {
    // NUL occurs in neither.
    const slot = `${candidate.action}\0${candidate.targetUrn}`;
    const known = newest.get(slot);
    if (known === undefined || candidate.timestamp > known.timestamp) newest.set(slot, candidate);
  }
  return [...newest.values()].sort(ascending).slice(-limit);
}

function ascending(left: Choice, right: Choice): number {
  return (
    (RESTRICTIVENESS[left.action] ?? 0) - (RESTRICTIVENESS[right.action] ?? 0) ||
    left.confidence - right.confidence ||
    left.timestamp - right.timestamp ||
    (left.targetUrn < right.targetUrn ? 1 : -1)
  );
}
