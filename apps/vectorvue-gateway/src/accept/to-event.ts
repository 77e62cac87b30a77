import { normalisePayload, type TelemetryEnvelope } from '@nyxera/federation-protocol';
import type { CommitItem, FindingRow } from '../store/commit-types.ts';

/** A checked envelope as the row that is stored, with its finding where it is one (PROTOCOL.md section 12). */
export function toEvent(
  envelope: TelemetryEnvelope,
  fingerprintVerified: boolean | null,
  contentHash: Uint8Array,
): CommitItem {
  const { payload } = envelope;
  const normalised = normalisePayload(payload);
  return {
    kind: 'event',
    event: {
      eventId: payload.event_id,
      campaignId: envelope.campaign_id,
      eventType: payload.event_type,
      sourceSystem: payload.source_system,
      severity: normalised.severity,
      observedAtText: normalised.observedAt.text,
      observedAtMs: normalised.observedAt.ms,
      observedAtAssumed: normalised.observedAt.assumed,
      techniques: normalised.techniques,
      tactics: normalised.tactics,
      executionHash: envelope.execution_hash.toLowerCase(),
      attestationMeasurementHash: normalised.attestationMeasurementHash,
      attestationSynthetic: normalised.attestationSynthetic,
      assetRef: normalised.assetRef,
      targetUrn: normalised.targetUrn ?? normalised.assetRef,
      intentId: normalised.intentId,
      fingerprintVerified,
      contentHash,
    },
    finding: toFinding(payload.event_id, payload.event_type, normalised.severity),
  };
}

function toFinding(eventId: string, eventType: string, severity: string): FindingRow | null {
  const grave = severity === 'high' || severity === 'critical';
  if (!grave && !eventType.toUpperCase().includes('FAIL')) return null;
  return { findingId: `fnd-${eventId}`, status: grave ? 'open' : 'triaged' };
}
