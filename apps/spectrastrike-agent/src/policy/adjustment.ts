/**
 * A verified adjustment as the policy engine keeps it (PROTOCOL.md section 8, "Adjustment", and section 14).
 * Only `feedback/accept-feedback.ts` makes one out of the wire form; nothing unverified has this type.
 */
export interface BoundAdjustment {
  /** Lower-case: tenants are compared that way here, and only here (section 14). */
  readonly tenantId: string;
  readonly targetUrn: string;
  /** `deny`, `tighten`, `observe`; anything else is kept as written and counts as observe. */
  readonly action: string;
  /** 0..1. */
  readonly confidence: number;
  readonly rationale: string;
  readonly control: string;
  /** Seconds, 60..86400, counted from `timestamp`. */
  readonly ttlSeconds: number;
  /** Unix seconds, gateway clock. */
  readonly timestamp: number;
  /** 64 lower-case hex. */
  readonly executionFingerprint: string;
  /** 64 lower-case hex. */
  readonly attestationMeasurementHash: string;
}

/** Where an adjustment came from: the signed answer that carried it. Shown by `policy show`. */
export interface Provenance {
  readonly kid: string;
  /** request_id of the gateway's answer; null where the gateway gave none. */
  readonly requestId: string | null;
  readonly receivedAtMs: number;
}

/** Unix seconds at which the adjustment is over. */
export function expiresAt(adjustment: BoundAdjustment): number {
  return adjustment.timestamp + adjustment.ttlSeconds;
}

/** Alive while `timestamp + ttl_seconds > now` (section 14): at the very second of its expiry it is over. */
export function isAlive(adjustment: BoundAdjustment, nowSeconds: number): boolean {
  return expiresAt(adjustment) > nowSeconds;
}
