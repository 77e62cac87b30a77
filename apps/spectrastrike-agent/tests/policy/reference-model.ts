import type { BoundAdjustment } from '../../src/policy/adjustment.ts';

/**
 * PROTOCOL.md section 14 a second time, as plainly as it can be said, to compare the engine with: keep
 * everything that was ever recorded, and at each question look for a reason to say no.
 */
export function referenceAllows(
  recorded: readonly BoundAdjustment[],
  tenant: string,
  target: string,
  base: boolean,
  nowSeconds: number,
): boolean {
  if (!base) return false;
  for (const one of recorded) {
    const about = one.tenantId.toLowerCase() === tenant.toLowerCase() && one.targetUrn === target;
    const alive = one.timestamp + one.ttlSeconds > nowSeconds;
    if (!about || !alive) continue;
    if (one.action === 'deny') return false;
    if (one.action === 'tighten' && one.confidence >= 0.8) return false;
  }
  return true;
}
