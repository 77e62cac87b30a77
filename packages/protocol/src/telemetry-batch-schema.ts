import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import type { ErrorCode } from './error-codes.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { EVENT_ID, isPlainItem } from './plain-telemetry.ts';
import { accept, type Rejection, type Result } from './result.ts';
import { anything, hex64 } from './schema-parts.ts';
import {
  checkAttestation,
  type TelemetryEnvelope,
  telemetryEnvelopeSchema,
  telemetryPayloadSchema,
} from './telemetry-schema.ts';

/** Items of one batch (PROTOCOL.md section 6). */
export const MAX_BATCH_ITEMS = 1000;
/** Bytes of a batch's body. */
export const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/**
 * Body of `POST /internal/v1/telemetry/batch`: the telemetry envelope without `execution_hash` and `payload`, and
 * `items`. What the items hold is not looked at here, so that one bad item never refuses its neighbours.
 */
export const telemetryBatchSchema = z.strictObject({
  ...telemetryEnvelopeSchema.omit({ execution_hash: true, payload: true }).shape,
  items: z
    .array(anything())
    .min(1)
    .max(MAX_BATCH_ITEMS)
    .meta({ description: 'Each is judged on its own, by telemetry-batch-item.json' }),
});

/** One item of a batch. */
export const telemetryBatchItemSchema = z.strictObject({
  execution_hash: hex64(),
  payload: telemetryPayloadSchema,
});

export type BatchEnvelope = z.infer<typeof telemetryBatchSchema>;

/** `schema_invalid` with the path: a fault of the envelope, which refuses the whole. The value is the one given. */
export function parseBatchEnvelope(value: JsonValue): Result<BatchEnvelope> {
  const checked = checkSchema(telemetryBatchSchema, value);
  return checked.ok ? { ok: true, value: value as unknown as BatchEnvelope } : checked;
}

/** A rejected item is told apart by its event id; null where it has none that could be one. */
export interface RejectedItem extends Rejection {
  readonly code: ErrorCode;
  /** JSON Pointer relative to the item; empty for the item itself. */
  readonly path: string;
  readonly eventId: string | null;
}

/**
 * One item, as the envelope that it would have been alone: the same members are demanded of it, and the same code
 * and path answer for it (`path` of a single is that of the item, because both have `payload` at their root).
 */
export function parseBatchItem(
  envelope: BatchEnvelope,
  item: JsonValue,
): { readonly ok: true; readonly value: TelemetryEnvelope } | RejectedItem {
  if (!isJsonObject(item) || !isPlainItem(item)) {
    const checked = checkSchema(telemetryBatchItemSchema, item);
    if (!checked.ok) return rejectedItem(item, checked);
  }
  // As received, not zod's copy of it.
  const received = item as unknown as Pick<TelemetryEnvelope, 'execution_hash' | 'payload'>;
  const attested = checkAttestation(received.payload.attributes);
  if (!attested.ok) return rejectedItem(item, attested);
  const { items: _, ...shared } = envelope;
  return accept({ ...shared, execution_hash: received.execution_hash, payload: received.payload });
}

/** A rejection of an item, by whichever check. */
export function rejectedItem(item: JsonValue, rejection: Rejection): RejectedItem {
  return { ...rejection, path: rejection.path ?? '', eventId: eventIdIn(item) };
}

function eventIdIn(item: JsonValue): string | null {
  const payload = isJsonObject(item) ? item.payload : undefined;
  const id = isJsonObject(payload) ? payload.event_id : undefined;
  return typeof id === 'string' && EVENT_ID.test(id) ? id : null;
}
