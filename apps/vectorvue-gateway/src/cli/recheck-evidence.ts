import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
  contentHash,
  importPublicKey,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  requestSignatureInput,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import type { StoredEvent } from '../store/read/find-event.ts';

export interface EvidenceCheck {
  readonly name: string;
  readonly ok: boolean;
}

export interface RecheckedEvidence {
  /** The payload exactly as signed, in compat form; null where the evidence is gone or does not hold it. */
  readonly payload: string | null;
  /** What was checked, from the stored bytes alone. Empty: there is no evidence any more. */
  readonly checks: readonly EvidenceCheck[];
}

/** The stored bytes, and what vouches for them. */
export interface SignedBytes {
  /** 32 bytes, 64 bytes. */
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
  readonly header_timestamp: number;
  readonly nonce: string;
  readonly body: Uint8Array;
  readonly body_sha256: Uint8Array | null;
}

/** Evidence that was opened once, whatever number of events it holds. */
export interface OpenedEvidence {
  readonly signature: boolean;
  readonly bodySha256: boolean;
  /** null: the body is no JSON object. */
  readonly envelope: JsonObject | null;
}

/** What an event is that points into the evidence. */
export type EventFacts = Pick<
  StoredEvent,
  'tenant_id' | 'operator_id' | 'event_id' | 'evidence_index' | 'content_hash'
>;

/**
 * Verifies again what was accepted, from the stored bytes, signature and key alone (PROTOCOL.md section 3): a row
 * that somebody has changed in the database does not pass.
 */
export function recheckEvidence(event: StoredEvent): RecheckedEvidence {
  const { body, signature, public_key, header_timestamp, nonce, body_sha256 } = event;
  if (
    body === null ||
    signature === null ||
    public_key === null ||
    header_timestamp === null ||
    nonce === null
  ) {
    return { payload: null, checks: [] };
  }
  const opened = openEvidence({ body, signature, public_key, header_timestamp, nonce, body_sha256 });
  const { payload, checks } = recheckEvent(opened, event.endpoint, event);
  return {
    payload: payload === null ? null : canonicalizeCompat(payload),
    checks: [
      { name: 'signature', ok: opened.signature },
      { name: 'body_sha256', ok: opened.bodySha256 },
      ...checks,
    ],
  };
}

export function openEvidence(signed: SignedBytes): OpenedEvidence {
  const { body, signature, public_key, header_timestamp, nonce, body_sha256 } = signed;
  const key = importPublicKey(public_key);
  const message = requestSignatureInput(header_timestamp, nonce, body);
  const parsed = parseStrictJson(body);
  return {
    signature: key.ok && verifyEd25519(key.value, message, signature),
    bodySha256: body_sha256 !== null && createHash('sha256').update(body).digest().equals(body_sha256),
    envelope: parsed.ok && isJsonObject(parsed.value) ? parsed.value : null,
  };
}

/** Whether the evidence is about this event, and about no other content than was stored with it. */
export function recheckEvent(
  { envelope }: OpenedEvidence,
  endpoint: string | null,
  event: EventFacts,
): { readonly payload: JsonObject | null; readonly checks: readonly EvidenceCheck[] } {
  const item = envelope === null ? null : itemAt(envelope, event.evidence_index, endpoint);
  const payload = objectOf(item?.payload);
  return {
    payload,
    checks: [
      { name: 'event_id', ok: payload?.event_id === event.event_id },
      ...claimChecks(envelope, event),
      { name: 'content_hash', ok: isContent(envelope, item, payload, event.content_hash) },
    ],
  };
}

/** The operator and the tenant that the body names are those under which it is stored. */
export function claimChecks(
  envelope: JsonObject | null,
  stored: { readonly operator_id: string; readonly tenant_id: string },
): readonly EvidenceCheck[] {
  return [
    { name: 'operator_id', ok: envelope?.operator_id === stored.operator_id },
    { name: 'tenant_id', ok: lowerText(envelope?.tenant_id) === stored.tenant_id },
  ];
}

/** PROTOCOL.md section 4: the payload, campaign and execution hash as they were received. */
function isContent(
  envelope: JsonObject | null,
  item: JsonObject | null,
  payload: JsonObject | null,
  stored: Uint8Array,
): boolean {
  const campaign = envelope?.campaign_id;
  const execution = item?.execution_hash;
  if (payload === null || typeof campaign !== 'string' || typeof execution !== 'string') return false;
  return Buffer.from(contentHash(payload, campaign, execution)).equals(stored);
}

/** One event is the envelope itself; of a batch it is `items[index]`. */
function itemAt(envelope: JsonObject, index: number, endpoint: string | null): JsonObject | null {
  if (endpoint !== 'telemetry-batch') return envelope;
  const { items } = envelope;
  return Array.isArray(items) ? objectOf(items[index] as JsonValue | undefined) : null;
}

function objectOf(value: JsonValue | undefined): JsonObject | null {
  return value !== undefined && isJsonObject(value) ? value : null;
}

export function lowerText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value.toLowerCase() : null;
}
