import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type {
  AdjustmentRow,
  CommitEffect,
  CommitItem,
  CommitOutcome,
  CommitRequest,
  EventRow,
  EvidenceRow,
} from '../../src/store/commit-types.ts';

/** Whoever a test is about: nobody else's rows are in its way. */
export interface Party {
  readonly identity: string;
  readonly tenantId: string;
  readonly operatorId: string;
}

export function newParty(): Party {
  const tenantId = randomUUID();
  return { identity: `agent-${tenantId.slice(0, 8)}`, tenantId, operatorId: `op-${tenantId.slice(0, 8)}` };
}

export function newNonce(): string {
  return randomBytes(18).toString('base64url');
}

export function event(eventId: string, over: Partial<EventRow> = {}, content = 'first'): CommitItem {
  const row: EventRow = {
    eventId,
    campaignId: 'campaign-1',
    eventType: 'SCAN_RESULT',
    sourceSystem: 'nmap',
    severity: 'low',
    observedAtText: '2026-01-02T03:04:05Z',
    observedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    observedAtAssumed: false,
    techniques: ['T1046', 'T1595.002'],
    tactics: [],
    executionHash: 'a'.repeat(64),
    attestationMeasurementHash: 'b'.repeat(64),
    attestationSynthetic: false,
    assetRef: '10.0.0.5',
    targetUrn: 'urn:target:ip:10.0.0.5',
    intentId: null,
    fingerprintVerified: null,
    contentHash: new Uint8Array(createHash('sha256').update(`${eventId}|${content}`).digest()),
    ...over,
  };
  const isFinding = row.severity === 'high' || row.severity === 'critical';
  return {
    kind: 'event',
    event: row,
    finding: isFinding ? { findingId: `fnd-${eventId}`, status: 'open' } : null,
  };
}

export function evidence(over: Partial<EvidenceRow> = {}): EvidenceRow {
  return {
    body: Buffer.from(`{"body":"${randomUUID()}"}`),
    signature: new Uint8Array(randomBytes(64)),
    kid: 'key-1',
    publicKey: new Uint8Array(randomBytes(32)),
    timestamp: Math.floor(Date.now() / 1000),
    nonce: newNonce(),
    ...over,
  };
}

export function request(
  party: Party,
  effect: CommitEffect,
  over: Partial<CommitRequest> = {},
): CommitRequest {
  return {
    requestId: uuidv7(),
    receivedAtMs: Date.now(),
    endpoint: 'telemetry',
    identity: party.identity,
    peerSha256: 'c'.repeat(64),
    kid: 'key-1',
    trustVersion: 1,
    tenantId: party.tenantId,
    operatorId: party.operatorId,
    nonceClaim: { nonce: newNonce(), timestamp: Math.floor(Date.now() / 1000) },
    rateLimit: null,
    effect,
    ...over,
  };
}

export function telemetry(
  party: Party,
  items: readonly CommitItem[],
  over: Partial<CommitRequest> = {},
): CommitRequest {
  return request(party, { kind: 'events', evidence: evidence(), items }, over);
}

export function refusal(
  party: Party,
  body: Uint8Array | null,
  over: Partial<CommitRequest> = {},
): CommitRequest {
  return request(
    party,
    { kind: 'refusal', code: 'schema_invalid', path: '/payload/severity', refusedBody: body },
    over,
  );
}

export function adjustment(over: Partial<AdjustmentRow> = {}): AdjustmentRow {
  return {
    targetUrn: 'urn:target:ip:10.0.0.5',
    action: 'observe',
    confidence: 0.55,
    rationale: 'because',
    control: 'execution',
    ttlSeconds: 1800,
    timestamp: 1_800_000_000,
    executionFingerprint: 'a'.repeat(64),
    attestationMeasurementHash: 'b'.repeat(64),
    cause: 'graph',
    causeId: randomUUID(),
    ruleId: 'rule-1',
    ...over,
  };
}

/** `committed:accepted`, `replay`, `rate-limited` …: what a test compares. */
export function summary(outcomes: readonly CommitOutcome[]): readonly string[] {
  return outcomes.map((outcome) =>
    outcome.status === 'committed'
      ? `committed:${outcome.items.map((item) => item.status).join('+')}`
      : outcome.status,
  );
}
