import { canonicalizeCompat } from '@nyxera/federation-protocol';
import type { LaneKey, SpooledEvent } from './spool/types.ts';

export const BATCH_PATH = '/internal/v1/telemetry/batch';

/**
 * The batch envelope as compat canonical text (PROTOCOL.md sections 6 and 10), payloads spliced in as they were
 * spooled, like the single envelope's (prepare-envelope.ts). The events share lane and campaign.
 */
export function batchBody(
  events: readonly Pick<SpooledEvent, 'payload' | 'campaignId' | 'executionHash'>[],
  lane: Pick<LaneKey, 'operatorId' | 'tenantId'>,
  timestamp: number,
  nonce: string,
): string {
  const campaign = canonicalizeCompat(events[0]?.campaignId ?? '');
  const operator = canonicalizeCompat(lane.operatorId);
  const tenant = canonicalizeCompat(lane.tenantId);
  const items = events.map(
    ({ executionHash, payload }) =>
      `{"execution_hash":${canonicalizeCompat(executionHash)},"payload":${payload}}`,
  );
  return (
    `{"campaign_id":${campaign},"items":[${items.join(',')}],"nonce":${canonicalizeCompat(nonce)}` +
    `,"operator_id":${operator}` +
    `,"signed_metadata":{"campaign_id":${campaign},"operator_id":${operator},"tenant_id":${tenant}}` +
    `,"tenant_id":${tenant},"timestamp":${timestamp}}`
  );
}
