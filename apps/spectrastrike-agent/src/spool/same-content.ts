import { canonicalizeCompat, type JsonObject, parseStrictJson } from '@nyxera/federation-protocol';
import type { NewEvent } from './types.ts';
import { attributesOf } from './write-ahead.ts';

/**
 * Attributes that the agent adds itself. They differ between two runs over the same event, because the agent
 * measures itself anew; a difference in them is no difference in what the producer said.
 */
const OURS: ReadonlySet<string> = new Set([
  'attestation_measurement_hash',
  'attestation_synthetic',
  'derived_measurements',
  'execution_fingerprint',
  'fingerprint_timestamp',
  'intent_hash',
  'intent_id',
  'manifest_hash',
  'mapping_version',
  'policy_decision_hash',
  'tool_sha256',
  'write_ahead',
]);

/** Whether an event that comes again under a known id says something else than the spooled one. */
export function differsFromSpooled(
  event: NewEvent,
  spooledPayload: string,
  spooledCampaign: string,
): boolean {
  if (event.campaignId !== spooledCampaign) return true;
  const spooled = parseStrictJson(new TextEncoder().encode(spooledPayload));
  if (!spooled.ok) return true;
  return producerContent(event.payload) !== producerContent(spooled.value as JsonObject);
}

function producerContent(payload: JsonObject): string {
  const attributes = Object.entries(attributesOf(payload)).filter(([name]) => !OURS.has(name));
  return canonicalizeCompat({ ...payload, attributes: Object.fromEntries(attributes) });
}
