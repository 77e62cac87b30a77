import { createHash } from 'node:crypto';
import type { LaneKey, NewEvent } from '../../src/spool/types.ts';

export const TENANT = '10000000-0000-4000-8000-00000000000A';

export function laneOf(gateway: string, operatorId = 'op-001', tenantId = TENANT): LaneKey {
  return { gateway, operatorId, tenantId };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A well-formed event; the same name and description give the same event. */
export function newEvent(name: string, description = 'from a test'): NewEvent {
  const attestationMeasurementHash = hash('attestation');
  const executionHash = hash(`execution ${name}`);
  return {
    eventId: `test-${name}`,
    payload: {
      event_id: `test-${name}`,
      event_type: 'PORT_OPEN',
      source_system: 'test',
      severity: 'low',
      observed_at: '2026-01-01T00:00:00Z',
      mitre_techniques: ['T1046'],
      description,
      attributes: {
        attestation_measurement_hash: attestationMeasurementHash,
        schema_version: '1.0',
        asset_ref: '10.0.0.5',
        execution_fingerprint: executionHash,
      },
    },
    executionHash,
    campaignId: 'campaign-1',
    fingerprintTimestamp: '2026-01-01T00:00:00Z',
    assetRef: '10.0.0.5',
    targetUrn: 'urn:target:ip:10.0.0.5',
    observedAt: '2026-01-01T00:00:00Z',
    manifestHash: 'mh-1',
    toolHash: 'sha256:1',
    policyDecisionHash: 'ph-1',
    attestationMeasurementHash,
  };
}

export function newEvents(count: number, prefix = 'e'): NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent(`${prefix}${String(index).padStart(4, '0')}`));
}
