import { canonicalizeCompat, canonicalizeJcs, double, parseStrictJson } from '@nyxera/federation-protocol';
import { envelope, payload, signed, telemetry, text } from './bodies.ts';
import { acceptance, type Case, judgeRefusal, refusal, skipped } from './case.ts';
import { type Lab, PATHS } from './lab.ts';

/** PROTOCOL.md section 5, steps 7 to 12; section 10. */
export const BODY_CASES: readonly Case[] = [
  acceptance('canonical.compat', '10', 'the compat form, with what JCS would write otherwise', 202, (lab) =>
    telemetry(lab, { payload: payload(lab, {}, AWKWARD) }),
  ),
  acceptance('canonical.jcs', '10', 'the RFC 8785 form of such a body', 202, (lab) =>
    signed(lab, PATHS.telemetry, (timestamp, nonce) =>
      jcs(
        text(envelope(lab, timestamp, nonce, { payload: payload(lab, {}, { name: 'Grüße', share: 0.5 }) })),
      ),
    ),
  ),
  refusal('canonical.white-space', '10', 'white space', 'non_canonical_json', (lab) =>
    signed(lab, PATHS.telemetry, (timestamp, nonce) =>
      text(envelope(lab, timestamp, nonce)).replace(',', ', '),
    ),
  ),
  refusal('canonical.order', '10', 'members out of order', 'non_canonical_json', (lab) =>
    signed(lab, PATHS.telemetry, (timestamp, nonce) => {
      const sorted = text(envelope(lab, timestamp, nonce));
      const first = /^\{("campaign_id":"[^"]*"),/.exec(sorted)?.[1] ?? '';
      return `{${sorted.slice(first.length + 2, -1)},${first}}`;
    }),
  ),
  refusal(
    'canonical.number',
    '10',
    'a number that is written longer than it must be',
    'non_canonical_json',
    (lab) =>
      signed(lab, PATHS.telemetry, (timestamp, nonce) =>
        text(envelope(lab, timestamp, nonce, { payload: payload(lab, {}, { share: 0.5 }) })).replace(
          '"share":0.5',
          '"share":0.50',
        ),
      ),
  ),
  refusal('schema.array', '7', 'an array where an object is wanted', 'schema_invalid', (lab) =>
    lab.sign(PATHS.telemetry, '[]'),
  ),
  refusal('schema.coercion', '7', 'a timestamp as text', 'schema_invalid', (lab) =>
    signed(lab, PATHS.telemetry, (timestamp, nonce) =>
      envelope(lab, timestamp, nonce, { timestamp: String(timestamp) }),
    ),
  ),
  refusal('agreement.nonce', '5.8', 'another nonce in the body', 'signed_header_mismatch', (lab) =>
    telemetry(lab, { nonce: lab.nonce() }),
  ),
  refusal('agreement.timestamp', '5.8', 'another timestamp in the body', 'signed_header_mismatch', (lab) =>
    signed(lab, PATHS.telemetry, (timestamp, nonce) => envelope(lab, timestamp - 1, nonce)),
  ),
  refusal(
    'agreement.metadata',
    '5.9',
    'signed metadata of another campaign',
    'signed_metadata_mismatch',
    (lab) =>
      telemetry(lab, {
        signed_metadata: {
          operator_id: lab.who.operatorId,
          tenant_id: lab.who.tenantId,
          campaign_id: 'another',
        },
      }),
  ),
  refusal('version.missing', '5.11', 'no schema version', 'schema_version_missing', (lab) =>
    telemetry(lab, { payload: payload(lab, {}, { schema_version: undefined }) }),
  ),
  refusal('version.unsupported', '5.11', 'schema version 99.0', 'schema_version_unsupported', (lab) =>
    telemetry(lab, { payload: payload(lab, {}, { schema_version: '99.0' }) }),
  ),
  {
    id: 'contract.missing',
    section: '5.12',
    about: 'schema version 2.0 without its contract',
    proves: ['contract_v2_invalid'],
    run: async (lab) => {
      const answer = await lab.send(
        await telemetry(lab, { payload: payload(lab, {}, { schema_version: '2.0' }) }),
      );
      if (answer.code === 'schema_version_unsupported')
        return skipped('the target does not allow version 2.0');
      return judgeRefusal(lab, answer, ['contract_v2_invalid']);
    },
  },
  {
    id: 'fingerprint.mismatch',
    section: '11',
    about:
      'an execution hash that is not the fingerprint of its inputs is refused, or stored as not verified',
    proves: ['fingerprint_mismatch'],
    run: async (lab) => {
      const answer = await lab.send(
        await telemetry(lab, { payload: payload(lab, {}, fingerprintInputs(lab)) }),
      );
      if (answer.status === 202) return skipped('the target flags such events and does not refuse them');
      return judgeRefusal(lab, answer, ['fingerprint_mismatch']);
    },
  },
];

/** Integers beyond 2^53, an integral double, small exponents, an astral character, U+007F. */
const AWKWARD = {
  big: 2n ** 80n,
  name: 'Grüße \u{1f600} \u007f',
  tiny: double(1e-5),
  list: [double(-0.5), double(1e22), double(1)],
} as const;

function fingerprintInputs(lab: Lab) {
  return {
    manifest_hash: 'mh-conformance',
    tool_sha256: `sha256:${lab.hash()}`,
    policy_decision_hash: 'ph-conformance',
    fingerprint_timestamp: '2026-01-01T00:00:00+00:00',
  };
}

function jcs(compat: string): string {
  const parsed = parseStrictJson(new TextEncoder().encode(compat));
  if (!parsed.ok) throw new Error('our own body does not parse');
  const other = canonicalizeJcs(parsed.value);
  if (other === canonicalizeCompat(parsed.value)) throw new Error('the two forms do not differ');
  return other;
}
