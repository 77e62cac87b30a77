import type { WireErrorCode } from '@nyxera/federation-protocol';

/**
 * What a request becomes once every check has been made: the unit of the commit seam
 * `commit(requests[]) -> outcomes[]` (ARCHITECTURE.md, Group commit).
 *
 * `tenantId` is lower-case everywhere below this line; the verbatim spelling lives in the evidence bytes.
 */
export interface CommitRequest {
  /** UUIDv7, lower case; also the key of the evidence row. */
  readonly requestId: string;
  /** Process clock, Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly endpoint: Endpoint;
  readonly identity: string;
  /** Lower-case hex SHA-256 of the DER certificate that the TLS socket presented. */
  readonly peerSha256: string;
  /** Where the connection came from; written down of refusals. null or absent: not known. */
  readonly clientAddress?: string | null;
  /** kid of the key that verified the signature; null where none did. */
  readonly kid: string | null;
  /** Version of the trust snapshot the request was judged by; the commit refuses to use an older one. */
  readonly trustVersion: number;
  /** The mapped tenant; null where no mapping was established. Never the claimed one. */
  readonly tenantId: string | null;
  readonly operatorId: string | null;
  /** The nonce to claim; null where the signature did not verify, so that a stranger cannot burn one. */
  readonly nonceClaim: NonceClaim | null;
  /** Bucket to take from; null: none. Checked before the nonce (PROTOCOL.md section 5, precedence). */
  readonly rateLimit: { readonly scope: 'telemetry' | 'graph'; readonly cost: number } | null;
  readonly effect: CommitEffect;
}

export type Endpoint =
  | 'telemetry'
  | 'telemetry-batch'
  | 'execution-graph'
  | 'feedback-query'
  | 'evidence-bundle'
  | 'key-exchange'
  | 'audit-checkpoint'
  | 'audit-tile'
  | 'audit-receipt'
  | 'audit-cosignature';

export interface NonceClaim {
  readonly nonce: string;
  /** Header timestamp, Unix seconds. */
  readonly timestamp: number;
}

/** The exact signed bytes and what vouches for them. Stored once per request, where anything of it is stored. */
export interface EvidenceRow {
  readonly body: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly kid: string;
  /** 32 bytes: the key itself, so that evidence outlives the keyring row. */
  readonly publicKey: Uint8Array;
  readonly timestamp: number;
  readonly nonce: string;
}

export type CommitEffect =
  | {
      readonly kind: 'refusal';
      readonly code: WireErrorCode;
      readonly path?: string;
      readonly refusedBody: Uint8Array | null;
    }
  | { readonly kind: 'events'; readonly evidence: EvidenceRow; readonly items: readonly CommitItem[] }
  | {
      readonly kind: 'graph';
      readonly evidence: EvidenceRow;
      readonly graph: GraphRow;
      readonly adjustments: readonly AdjustmentRow[];
    }
  | { readonly kind: 'query'; readonly issued: IssuedFeedback; readonly reissued: readonly AdjustmentRow[] }
  | { readonly kind: 'bundle'; readonly bundleHash: string }
  /** Nothing but its audit entry: what was read of the log, what was cosigned. */
  | { readonly kind: 'noted'; readonly subject: string };

/** One event of a request, or the refusal of one item of a batch. Index in `items` = index in the evidence. */
export type CommitItem =
  | { readonly kind: 'event'; readonly event: EventRow; readonly finding: FindingRow | null }
  | {
      readonly kind: 'rejected';
      readonly eventId: string | null;
      readonly code: WireErrorCode;
      readonly path: string;
    };

export interface EventRow {
  readonly eventId: string;
  readonly campaignId: string;
  readonly eventType: string;
  readonly sourceSystem: string;
  /** Normalised: trimmed, lower-case. */
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical';
  /** As received, and what it was read as. */
  readonly observedAtText: string;
  readonly observedAtMs: number;
  readonly observedAtAssumed: boolean;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  readonly executionHash: string;
  readonly attestationMeasurementHash: string;
  readonly attestationSynthetic: boolean;
  readonly assetRef: string | null;
  /** attributes.target_urn, else asset_ref: what feedback is about. */
  readonly targetUrn: string | null;
  readonly intentId: string | null;
  /** null: the inputs are not all present, so nothing could be recomputed (PROTOCOL.md section 11). */
  readonly fingerprintVerified: boolean | null;
  /** 32 bytes: SHA-256 of the content that must not change (PROTOCOL.md section 4). */
  readonly contentHash: Uint8Array;
}

export interface FindingRow {
  /** `fnd-` + event_id. */
  readonly findingId: string;
  readonly status: 'open' | 'triaged';
}

export interface GraphRow {
  readonly executionFingerprint: string;
  readonly attestationMeasurementHash: string;
  readonly targetUrn: string;
  readonly nodeCount: number;
}

/** An adjustment to store. For cause 'finding' the row of the same (tenant, cause, causeId, rule) is replaced: re-issued. */
export interface AdjustmentRow {
  readonly targetUrn: string;
  readonly action: string;
  readonly confidence: number;
  readonly rationale: string;
  readonly control: string;
  readonly ttlSeconds: number;
  /** Unix seconds, gateway clock. */
  readonly timestamp: number;
  readonly executionFingerprint: string;
  readonly attestationMeasurementHash: string;
  readonly cause: 'graph' | 'finding' | 'analyst';
  /** Request id of the graph, `<operator>/<finding_id>`, or the analyst. */
  readonly causeId: string;
  readonly ruleId: string;
}

/** What is audited of a signed feedback answer. */
export interface IssuedFeedback {
  readonly count: number;
  readonly feedbackKid: string;
  /** Hex SHA-256 of the signed input. */
  readonly inputSha256: string;
}

/**
 * What became of a request. Only `committed` and `replay` have written anything; all of it, durably, at once.
 * `trust-changed`: judge again by fresh trust. `unavailable`: known not to be written (503, nonce not burnt).
 * `unknown`: could not be read back, so the connection is closed without an answer (PROTOCOL.md section 4).
 */
export type CommitOutcome =
  | { readonly status: 'committed'; readonly items: readonly ItemOutcome[] }
  | { readonly status: 'replay' }
  | { readonly status: 'trust-changed' }
  | { readonly status: 'rate-limited'; readonly retryAfterSeconds: number }
  | { readonly status: 'nonce-limit'; readonly retryAfterSeconds: number }
  | { readonly status: 'unavailable' }
  | { readonly status: 'unknown' };

/** For effects without items there is exactly one outcome, `recorded`. */
export interface ItemOutcome {
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'rejected' | 'recorded';
  /** Contiguous, from 0; the leaf index of the audit entry. */
  readonly sequence: number;
  /** Hex RFC 9162 leaf hash of the audit entry. */
  readonly leafHash: string;
}

/** The commit seam. Outcomes come back in the order of the requests. Never throws for an expected outcome. */
export type Commit = (requests: readonly CommitRequest[]) => Promise<readonly CommitOutcome[]>;
