import { type BoundAdjustment, expiresAt, isAlive } from './adjustment.ts';

/** `deny` > `tighten` > `observe`; an unknown action counts as observe (PROTOCOL.md section 14). */
export function restrictiveness(action: string): number {
  if (action === 'deny') return 2;
  if (action === 'tighten') return 1;
  return 0;
}

/**
 * Negative when `a` is to be preferred. The first three keys are section 14's; the rest only makes the order
 * total, so that the winner never depends on the order in which answers arrived.
 */
export function compareRestrictiveFirst(a: BoundAdjustment, b: BoundAdjustment): number {
  return (
    restrictiveness(b.action) - restrictiveness(a.action) ||
    b.confidence - a.confidence ||
    expiresAt(b) - expiresAt(a) ||
    b.timestamp - a.timestamp ||
    compareText(a.action, b.action) ||
    compareText(a.executionFingerprint, b.executionFingerprint) ||
    compareText(a.attestationMeasurementHash, b.attestationMeasurementHash) ||
    compareText(a.control, b.control) ||
    compareText(a.rationale, b.rationale)
  );
}

/**
 * The living adjustments of one target, most restrictive first; the first one is what counts now, and the
 * others are kept because they count once it has expired.
 */
export function livingAdjustments<A extends BoundAdjustment>(
  adjustments: Iterable<A>,
  nowSeconds: number,
): readonly A[] {
  return [...adjustments].filter((one) => isAlive(one, nowSeconds)).sort(compareRestrictiveFirst);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
