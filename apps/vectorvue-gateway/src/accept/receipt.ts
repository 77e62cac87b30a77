import type { ItemOutcome } from '../store/commit-types.ts';
import type { AuditLog } from './gateway.ts';

/** Where in the log an answer is recorded (PROTOCOL.md section 19). */
export interface Receipt {
  /** Origin of the log. */
  readonly log: string;
  /** Index of the leaf, from 0. */
  readonly sequence: number;
  /** Hex, 32 bytes. */
  readonly leaf_hash: string;
}

/** The member `receipt`, or nothing where nobody signs the log: a receipt that nobody answers for is none. */
export function receiptOf(
  log: Pick<AuditLog, 'origin'> | null,
  outcome: ItemOutcome | undefined,
): { readonly receipt?: Receipt } {
  if (log === null || outcome === undefined) return {};
  return { receipt: { log: log.origin, sequence: outcome.sequence, leaf_hash: outcome.leafHash } };
}
