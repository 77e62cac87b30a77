import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
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
  const key = importPublicKey(public_key);
  const message = requestSignatureInput(header_timestamp, nonce, body);
  const envelope = parseEnvelope(body);
  const payload = envelope === null ? null : payloadAt(envelope, event.evidence_index, event.endpoint);
  return {
    payload: payload === null ? null : canonicalizeCompat(payload),
    checks: [
      { name: 'signature', ok: key.ok && verifyEd25519(key.value, message, signature) },
      {
        name: 'body_sha256',
        ok: body_sha256 !== null && createHash('sha256').update(body).digest().equals(body_sha256),
      },
      { name: 'event_id', ok: payload?.event_id === event.event_id },
      { name: 'operator_id', ok: envelope?.operator_id === event.operator_id },
      { name: 'tenant_id', ok: lower(envelope?.tenant_id) === event.tenant_id },
    ],
  };
}

function parseEnvelope(body: Uint8Array): JsonObject | null {
  const parsed = parseStrictJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/** One event is `payload`; of a batch it is `items[index].payload`. */
function payloadAt(envelope: JsonObject, index: number, endpoint: string | null): JsonObject | null {
  const items = envelope.items;
  const item =
    endpoint === 'telemetry-batch' && Array.isArray(items) ? (items[index] as JsonValue) : envelope;
  if (item === undefined || !isJsonObject(item)) return null;
  const payload = item.payload;
  return payload !== undefined && isJsonObject(payload) ? payload : null;
}

function lower(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value.toLowerCase() : null;
}
