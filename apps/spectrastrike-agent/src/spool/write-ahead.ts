import type { JsonObject } from '@nyxera/federation-protocol';
import type { WrittenIntent } from './intent-chain.ts';

/**
 * The payload with its intent's three attributes. The gateway leaves exactly these out of what it compares
 * (PROTOCOL.md section 4), because an installation that lost its state writes other intents for the same event.
 */
export function withIntent(payload: JsonObject, intent: WrittenIntent): JsonObject {
  return {
    ...payload,
    attributes: {
      ...attributesOf(payload),
      intent_id: intent.intentId,
      intent_hash: intent.intentHash,
      write_ahead: true,
    },
  };
}

export function attributesOf(payload: JsonObject): JsonObject {
  const { attributes } = payload;
  if (typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes)) {
    return attributes as JsonObject;
  }
  throw new TypeError('an event reached the spool without attributes: intake must have refused it');
}
