import type { JsonObject } from '@nyxera/federation-protocol';

/** A lane: events of one operator and tenant to one gateway. The tenant is verbatim (PROTOCOL.md section 13). */
export interface LaneKey {
  /** Base URL as LaneConfig.gatewayUrl gives it. */
  readonly gateway: string;
  readonly operatorId: string;
  readonly tenantId: string;
}

export interface Lane extends LaneKey {
  readonly laneId: number;
  readonly state: 'open' | 'paused';
  /** The code that paused it (401 and 403), null while open. */
  readonly pausedCode: string | null;
  readonly pausedAtMs: number | null;
  /** Not before this may one event probe the lane; Unix milliseconds, null while open. */
  readonly probeAfterMs: number | null;
  /** The gateway's rate limit (429) holds the lane until then, Unix milliseconds; in the past or null: it does not. */
  readonly heldUntilMs: number | null;
  readonly heldCode: string | null;
}

/** What intake hands over; its payload does not hold the intent's attributes yet. */
export interface NewEvent {
  readonly eventId: string;
  /** PROTOCOL.md section 7, with an `attributes` object. */
  readonly payload: JsonObject;
  readonly executionHash: string;
  readonly campaignId: string;
  readonly fingerprintTimestamp: string;
  readonly assetRef: string;
  readonly targetUrn: string;
  readonly observedAt: string;
  readonly manifestHash: string;
  readonly toolHash: string;
  readonly policyDecisionHash: string;
  readonly attestationMeasurementHash: string;
}

/** The report that events came from, with what must stay the same when it is read again. */
export interface ReportRecord {
  readonly reportSha256: string;
  readonly mappingVersion: string;
  readonly format: string;
  readonly name: string;
  readonly firstSeenMs: number;
  readonly runId: string;
  /** RFC 3339; stands in where the report has no time of its own. */
  readonly observedFallback: string;
  /** Events read from it so far, faulty ones not counted. */
  readonly read: number;
  /** Nothing of it is still to come. */
  readonly complete: boolean;
}

export interface EnqueueResult {
  readonly spooled: number;
  /** Already in the lane, in whatever state: not written again, not sent again. */
  readonly known: number;
  /** Known ids whose content differs from what is spooled. The first one stands; the caller must say so. */
  readonly changed: readonly string[];
}

export type EventState = 'pending' | 'delivered' | 'quarantined' | 'dropped';

/** What delivery needs of an event; the payload is compat canonical text, never parsed again. */
export interface SpooledEvent {
  readonly seq: number;
  readonly laneId: number;
  readonly eventId: string;
  readonly payload: string;
  readonly campaignId: string;
  readonly executionHash: string;
  /** Attempts that counted so far. */
  readonly attempts: number;
  readonly replayRetries: number;
}

/** What one attempt means for its event. */
export type Settlement =
  | {
      readonly kind: 'delivered';
      readonly seq: number;
      readonly duplicate: boolean;
      readonly requestId: string | null;
      /** JSON text of the gateway's receipt (PROTOCOL.md section 19). */
      readonly receipt: string | null;
    }
  | {
      readonly kind: 'retry';
      readonly seq: number;
      readonly nextAttemptMs: number;
      readonly code: string;
      readonly detail: string;
    }
  /** 409 for a fresh nonce, the first time: tried once more, at once. */
  | { readonly kind: 'replayed'; readonly seq: number; readonly detail: string }
  /** The attempt says nothing about the event (lane paused, gateway marked): it keeps its place. */
  | { readonly kind: 'kept'; readonly seq: number; readonly code: string; readonly detail: string }
  | {
      readonly kind: 'quarantined';
      readonly seq: number;
      readonly code: string;
      readonly detail: string;
      /** Also written to the security log, in the same transaction. */
      readonly security: boolean;
    };

export interface LaneCounts {
  readonly laneId: number;
  readonly pending: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly dropped: number;
  /** Unix milliseconds; null when nothing is pending. */
  readonly oldestPendingMs: number | null;
}

export interface QuarantinedEvent {
  readonly seq: number;
  readonly laneId: number;
  readonly operatorId: string;
  readonly tenantId: string;
  readonly gateway: string;
  readonly eventId: string;
  readonly code: string;
  readonly detail: string;
  readonly attempts: number;
  readonly spooledAtMs: number;
  readonly quarantinedAtMs: number | null;
}

/** Which quarantined events: by number, by event id (in every lane), by code, or all. */
export type QuarantineSelection =
  | { readonly seqs: readonly number[] }
  | { readonly eventIds: readonly string[] }
  | { readonly code: string }
  | 'all';

export interface GatewayState {
  readonly url: string;
  readonly circuit: 'closed' | 'open';
  readonly openedAtMs: number | null;
  readonly failures: number;
  readonly nextProbeMs: number | null;
  readonly lastCode: string | null;
  readonly lastDetail: string | null;
  /** When the last of these was seen; Unix milliseconds. */
  readonly lastAtMs: number | null;
  /** server_pin_mismatch, redirect_refused, tls_verification_failed, …; null when trusted. */
  readonly markedCode: string | null;
  readonly markedAtMs: number | null;
}
