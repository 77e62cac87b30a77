/**
 * What an adjustment does to the policy of an agent that has it (PROTOCOL.md section 14). `refuses`: takes the permission
 * away; `informs`: the policy is told of it, and decides as it would without.
 */
export type PolicyEffect = 'refuses' | 'informs';

/** A `tighten` of at least this confidence takes the permission away (PROTOCOL.md section 14). */
const TIGHTEN_REFUSES_FROM = 0.8;

interface Merged {
  readonly action: string;
  readonly confidence: number;
  readonly expires_at: number;
}

export function policyEffect(adjustment: Pick<Merged, 'action' | 'confidence'>): PolicyEffect {
  if (adjustment.action === 'deny') return 'refuses';
  return adjustment.action === 'tighten' && adjustment.confidence >= TIGHTEN_REFUSES_FROM
    ? 'refuses'
    : 'informs';
}

/** Of what lives for one target, the one that counts: most restrictive, then highest confidence, then latest expiry. */
export function mostRestrictive<Adjustment extends Merged>(living: readonly Adjustment[]): Adjustment | null {
  const [winner = null] = [...living].sort(
    (left, right) =>
      rank(right.action) - rank(left.action) ||
      right.confidence - left.confidence ||
      right.expires_at - left.expires_at,
  );
  return winner;
}

/** An unknown action counts as observe. */
function rank(action: string): number {
  if (action === 'deny') return 2;
  return action === 'tighten' ? 1 : 0;
}
