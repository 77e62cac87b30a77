import {
  canonicalizeCompat,
  type JsonObject,
  type JsonValue,
  parseTelemetryEnvelope,
} from '@nyxera/federation-protocol';
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

/** What PROTOCOL.md section 7 asks of each member, for whoever has to mend the report. */
const RULES: Readonly<Record<string, string>> = {
  event_id: '1..128 of A-Z a-z 0-9 . _ : -',
  event_type: '1..64 of A-Z a-z 0-9 . _ : -',
  source_system: '1..64 of A-Z a-z 0-9 . _ : -',
  severity: 'one of info, low, medium, high, critical',
  observed_at: 'an RFC 3339 date-time or Unix seconds',
  mitre_techniques: '1..32 ATT&CK technique ids such as T1059 or T1059.001',
  mitre_tactics: 'at most 32 ATT&CK tactic ids such as TA0002',
  description: 'a string of at most 2048 characters',
  attributes: 'an object',
  'attributes/attestation_measurement_hash': '64 hex digits, or nothing',
};

/** The very check that the gateway makes, so that nothing is spooled which it will refuse. Null if it passes. */
export function checkPayload(payload: JsonObject, where: string): Fault | null {
  const parsed = parseTelemetryEnvelope({ ...ENVELOPE, payload });
  if (parsed.ok) {
    return null;
  }
  const member = (parsed.path ?? '').replace(/^\/payload\/?/, '');
  const rule = RULES[member] ?? RULES[member.replace(/\/[0-9]+$/, '')];
  return {
    code: 'event_invalid',
    where: member === '' ? where : `${where}, ${member}`,
    expected: rule ?? parsed.detail,
  };
}

/**
 * Bytes of a payload's compat form (pure ASCII, so characters are bytes) where an envelope cannot carry it; null where
 * it can. Nearly all payloads are far smaller, and are not written out to know it.
 *
 * @param most what `mostBytes` says of it, where that is known already
 */
export function oversize(payload: JsonObject, most: number = mostBytes(payload)): number | null {
  if (most <= MAX_PAYLOAD_BYTES) return null;
  const bytes = canonicalizeCompat(payload).length;
  return bytes <= MAX_PAYLOAD_BYTES ? null : bytes;
}

export function tooLarge(
  payload: JsonObject,
  where: string,
  most: number = mostBytes(payload),
): Fault | null {
  const bytes = oversize(payload, most);
  return bytes === null
    ? null
    : {
        code: 'event_invalid',
        where,
        expected: `an event of at most ${MAX_PAYLOAD_BYTES} bytes in canonical form; it has ${bytes}`,
      };
}

/** Six for a code unit that is escaped; a number has at most 400 digits (section 5) and a double at most 25. */
const ESCAPED = 6;
const LONGEST_NUMBER = 512;

/** Never less than the bytes of the compat form. */
export function mostBytes(value: JsonValue): number {
  if (typeof value === 'string') return 2 + ESCAPED * value.length;
  if (typeof value !== 'object' || value === null) return LONGEST_NUMBER;
  if (Array.isArray(value)) {
    let bytes = 2;
    for (const element of value) bytes += 1 + mostBytes(element as JsonValue);
    return bytes;
  }
  let bytes = LONGEST_NUMBER;
  // By name: a list of pairs would be made for every object of every event.
  for (const name of Object.keys(value)) {
    bytes += 4 + ESCAPED * name.length + mostBytes((value as JsonObject)[name] as JsonValue);
  }
  return bytes;
}
