import { isJsonObject, type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';

/** Where in which log the gateway said that it recorded an event (PROTOCOL.md section 19). A claim until verified. */
export interface Receipt {
  /** Origin of the log. */
  readonly log: string;
  /** Index of the leaf, from 0. */
  readonly sequence: number;
  /** 32 bytes. */
  readonly leafHash: Uint8Array;
}

/**
 * Reads a receipt as it was kept with its event; null for anything that is none. Members beside the three are ignored,
 * since answers may gain fields. Never throws.
 */
export function parseReceipt(text: string): Receipt | null {
  const parsed = parseStrictJson(new TextEncoder().encode(text));
  return parsed.ok ? readReceipt(parsed.value) : null;
}

function readReceipt(value: JsonValue): Receipt | null {
  if (!isJsonObject(value)) return null;
  const { log, sequence, leaf_hash: hex } = value;
  if (typeof log !== 'string' || log === '' || log.length > 255) return null;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0) return null;
  if (typeof hex !== 'string' || !/^[0-9a-f]{64}$/.test(hex)) return null;
  return { log, sequence, leafHash: new Uint8Array(Buffer.from(hex, 'hex')) };
}
