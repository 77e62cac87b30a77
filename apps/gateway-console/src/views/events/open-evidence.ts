import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
} from '@nyxera/federation-protocol/strict-json';
import type { Answer } from '../../api/types.ts';
import { fromBase64Url } from '../../verify/index.ts';

export type EventDetail = Answer<'/events/one'>;
export type Evidence = NonNullable<EventDetail['evidence']>;

/** The stored bytes, decoded once. What cannot be decoded is empty, and nothing verifies it. */
export interface OpenedEvidence {
  readonly body: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly envelope: JsonObject | null;
  /** Of a batch the item of this event, otherwise the envelope. */
  readonly item: JsonObject | null;
  readonly payload: JsonObject | null;
}

export function openEvidence(evidence: Evidence, index: number): OpenedEvidence {
  const body = fromBase64Url(evidence.body) ?? new Uint8Array(0);
  const parsed = parseStrictJson(body);
  const envelope = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
  const item = itemOf(envelope, evidence.endpoint, index);
  return {
    body,
    publicKey: fromBase64Url(evidence.public_key) ?? new Uint8Array(0),
    signature: fromBase64Url(evidence.signature) ?? new Uint8Array(0),
    envelope,
    item,
    payload: objectOf(item?.payload),
  };
}

function itemOf(envelope: JsonObject | null, endpoint: string, index: number): JsonObject | null {
  if (envelope === null || endpoint !== 'telemetry-batch') return envelope;
  const { items } = envelope;
  return Array.isArray(items) ? objectOf(items[index] as JsonValue | undefined) : null;
}

function objectOf(value: JsonValue | undefined): JsonObject | null {
  return value !== undefined && isJsonObject(value) ? value : null;
}
