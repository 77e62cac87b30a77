/** Words of a warning: what a filter or a test compares. */
export type WarningKind =
  | 'not_ready'
  | 'certificate_ends'
  | 'revocation_list_ends'
  | 'pin_ends'
  | 'key_ends'
  | 'rotation_unconfirmed'
  | 'forwarding_fails'
  | 'forwarding_late'
  | 'log_unsigned'
  | 'log_late'
  | 'log_unwitnessed'
  | 'tenant_suspended'
  | 'clock_skew'
  | 'security_events';

/** Something that wants a hand. */
export interface Warning {
  readonly kind: WarningKind;
  /** `critical`: something does not work, or somebody attacks; `warning`: it will, or is late. */
  readonly severity: 'critical' | 'warning';
  /** What it is about: an identity, a kid, a destination, a tenant; '' where that is the gateway. */
  readonly subject: string;
  readonly text: string;
  readonly advice: string;
  /** Tenants that it is about; null: about none, and only those who see all are told. */
  readonly tenants: readonly string[] | null;
  /** When it ends, began or was last seen, whichever the text is about; Unix milliseconds. */
  readonly atMs: number | null;
}

export const DAY_MS = 86_400_000;

/** `3 days`, `5 hours`, `10 minutes`: enough to know whether it can wait. */
export function describeSpan(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
