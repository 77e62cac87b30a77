import type { BuildContext } from '../../src/intake/index.ts';

/** Fixed, so that golden values and digests do not depend on when or where a test runs. */
export const CONTEXT: BuildContext = {
  operatorId: 'op-1',
  tenantId: '11111111-1111-4111-8111-111111111111',
  campaignId: 'campaign-1',
  schemaVersion: '1.0',
  recordedAt: '2026-01-02T03:04:05Z',
  measurements: {
    attestationMeasurementHash: 'a'.repeat(64),
    attestationSynthetic: false,
    manifestHash: 'b'.repeat(64),
    toolSha256: null,
    policyDecisionHash: null,
  },
};

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
