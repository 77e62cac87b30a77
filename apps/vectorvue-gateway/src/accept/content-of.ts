import {
  contentHash,
  contentHashOfCompat,
  elementValues,
  isJsonObject,
  type JsonValue,
  memberValue,
  NOWHERE,
  type TelemetryEnvelope,
} from '@nyxera/federation-protocol';
import type { ParsedBody } from './parse-body.ts';

/**
 * What must not change about an event (PROTOCOL.md section 4), 32 bytes. Where the body is in the compat form, as
 * that of every agent is, the payload is hashed as it stands; otherwise it is serialized for it.
 */
export function contentOfSingle(body: Uint8Array, json: ParsedBody, envelope: TelemetryEnvelope): Uint8Array {
  return contentAt(body, json.compat ? memberValue(body, 0, 'payload') : NOWHERE, json.value, envelope);
}

/** The same of item `index` of a batch, which `envelope` is as if it had been alone. */
export type ContentOfItem = (index: number, envelope: TelemetryEnvelope) => Uint8Array;

export function contentOfItems(
  body: Uint8Array,
  json: ParsedBody,
  items: readonly JsonValue[],
): ContentOfItem {
  const starts = json.compat ? elementValues(body, memberValue(body, 0, 'items')) : [];
  return (index, envelope) => {
    const item = starts[index];
    const payload = item === undefined ? NOWHERE : memberValue(body, item, 'payload');
    return contentAt(body, payload, items[index], envelope);
  };
}

function contentAt(
  body: Uint8Array,
  payload: number,
  received: JsonValue | undefined,
  { campaign_id: campaign, execution_hash: execution }: TelemetryEnvelope,
): Uint8Array {
  return payload === NOWHERE
    ? contentHash(payloadOf(received), campaign, execution)
    : contentHashOfCompat(body, payload, campaign, execution);
}

/** The payload as received, number tokens included: what must not change is what was signed, not a reading of it. */
function payloadOf(received: JsonValue | undefined): Parameters<typeof contentHash>[0] {
  const payload = isJsonObject(received) ? received.payload : undefined;
  return isJsonObject(payload) ? payload : {};
}
