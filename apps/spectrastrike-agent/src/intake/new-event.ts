import type { JsonObject } from '@nyxera/federation-protocol';
import type { Asset } from './asset.ts';
import type { Execution } from './execution.ts';
import { text } from './json/members.ts';
import type { BuildContext, NewEvent } from './types.ts';

/** The payload with what the spool and the intents need beside it, all of it already in the payload. */
export function newEvent(
  payload: JsonObject,
  execution: Execution,
  context: BuildContext,
  asset: Asset,
): NewEvent {
  return {
    eventId: text(payload, 'event_id') ?? '',
    payload,
    executionHash: execution.fingerprint,
    campaignId: context.campaignId,
    fingerprintTimestamp: execution.timestamp,
    assetRef: asset.assetRef,
    targetUrn: asset.targetUrn,
    observedAt: text(payload, 'observed_at') ?? '',
    manifestHash: execution.manifestHash,
    toolHash: execution.toolHash,
    policyDecisionHash: execution.policyDecisionHash,
    attestationMeasurementHash: execution.attestationMeasurementHash,
  };
}
