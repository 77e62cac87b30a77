/** What became of the cosignature: `taken` now, `known` from before, `none` where no key is configured, else a code. */
export type CosignOutcome =
  | { readonly kind: 'taken' | 'known' | 'none' }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** What one contact with a gateway's audit log came to. */
export type WitnessOutcome =
  | {
      readonly kind: 'witnessed';
      readonly origin: string;
      readonly size: number;
      readonly root: Uint8Array;
      /** Size that was remembered before; null: this log is seen for the first time, so nothing was compared. */
      readonly previousSize: number | null;
      readonly cosigned: CosignOutcome;
    }
  /** Nothing to witness: no log is trusted here (`no_key`), or the gateway has none and never had (`no_log`). */
  | { readonly kind: 'unwitnessed'; readonly code: 'no_key' | 'no_log'; readonly detail: string }
  /** It could not be shown that the log continues: nothing was remembered and nothing cosigned. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** The log contradicts itself, now or at a contact before that nobody has cleared. */
  | { readonly kind: 'forked'; readonly code: 'audit_fork_detected'; readonly detail: string };

/**
 * Whether feedback of this contact may be applied; null: it may, else why not.
 *
 * A log that was seen once must show at every contact that it continues. "Not now" is refused like "no": a gateway that
 * rewrote its log would answer with an error for ever rather than convict itself. What it costs is little, since
 * whoever can answer the query can answer for the log, and adjustments that were taken before live on.
 */
export function feedbackObstacle(
  outcome: WitnessOutcome,
  auditRequired: boolean,
): { readonly code: string; readonly detail: string } | null {
  switch (outcome.kind) {
    case 'witnessed':
      return null;
    case 'unwitnessed':
      return auditRequired ? { code: `audit_${outcome.code}`, detail: outcome.detail } : null;
    case 'refused':
    case 'forked':
      return { code: outcome.code, detail: outcome.detail };
  }
}
