import { canonicalizeCompat, type JsonObject, parseTelemetryEnvelope } from '@nyxera/federation-protocol';
import { MAX_PAYLOAD_BYTES } from './limits.ts';
import type { Fault } from './types.ts';

/** An envelope that is right, so that what the schema finds is about the payload. */
const ENVELOPE = {
  operator_id: 'operator',
  campaign_id: 'campaign',
  tenant_id: '00000000-0000-0000-0000-000000000000',
  execution_hash: '0'.repeat(64),
  timestamp: 0,
  nonce: '00000000',
  signed_metadata: {
    tenant_id: '00000000-0000-0000-0000-000000000000',
    operator_id: 'operator',
    campaign_id: 'campaign',
  },
};

/** The very check that the gateway makes, so that nothing is spooled which it will refuse. Null if it passes. */
export function checkPayload(payload: JsonObject, where: string): Fault | null {
  const parsed = parseTelemetryEnvelope({ ...ENVELOPE, payload });
  if (parsed.ok) {
    return null;
  }
  const member = (parsed.path ?? '').replace(/^\/payload\/?/, '');
  return { where: member === '' ? where : `${where}, ${member}`, expected: parsed.detail };
}

/** Bytes of the compat form, which is pure ASCII. */
export function payloadBytes(payload: JsonObject): number {
  return canonicalizeCompat(payload).length;
}

export function tooLarge(bytes: number, where: string): Fault | null {
  return bytes <= MAX_PAYLOAD_BYTES
    ? null
    : {
        where,
        expected: `an event of at most ${MAX_PAYLOAD_BYTES} bytes in canonical form; it has ${bytes}`,
      };
}
