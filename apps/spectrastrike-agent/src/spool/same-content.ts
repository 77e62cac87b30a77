import { createHash } from 'node:crypto';
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

/** What the spool still has of an event. */
export interface SpooledContent {
  readonly payload: string;
  readonly campaignId: string;
  /** SHA-256 of what the producer said, where the payload was let go; null: the payload is there. */
  readonly emptied: Uint8Array | null;
}

/** Whether an event that comes again under a known id says something else than the spooled one. */
export function differsFromSpooled(event: NewEvent, spooled: SpooledContent): boolean {
  if (event.campaignId !== spooled.campaignId) return true;
  const says = producerContent(event.payload);
  if (spooled.emptied !== null) return !sha256(says).equals(spooled.emptied);
  return says !== contentOfText(spooled.payload);
}

/** What stands for a payload that is let go; null where it cannot be read, and then it must stay. */
export function contentSha256(payload: string): Uint8Array | null {
  const content = contentOfText(payload);
  return content === null ? null : sha256(content);
}

function contentOfText(payload: string): string | null {
  const parsed = parseStrictJson(new TextEncoder().encode(payload));
  return parsed.ok ? producerContent(parsed.value as JsonObject) : null;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function producerContent(payload: JsonObject): string {
  const attributes = Object.entries(attributesOf(payload)).filter(([name]) => !OURS.has(name));
  return canonicalizeCompat({ ...payload, attributes: Object.fromEntries(attributes) });
}
