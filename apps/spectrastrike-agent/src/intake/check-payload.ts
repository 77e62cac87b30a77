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
  return { where: member === '' ? where : `${where}, ${member}`, expected: rule ?? parsed.detail };
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
