import { createHash } from 'node:crypto';
import {
  bundleHash,
  canonicalizeCompat,
  canonicalizeJcs,
  contentHash,
  evidenceBundleInput,
  executionFingerprint,
  intentHash,
  intentId,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  parseTelemetryEnvelope,
  requestSignatureInput,
} from '../../dist/index.js';
import { NEVER_ACCEPT, publicBytes, signBase64, testPrivateKey } from './test-keys.ts';

const TENANT = '10000000-0000-0000-0000-00000000000a';
const FINGERPRINT_INPUT = {
  attestation_measurement_hash: 'a1'.repeat(32),
  manifest_hash: 'mh-1',
  operator_id: 'op-001',
  policy_decision_hash: 'ph-1',
  tenant_id: TENANT,
  timestamp: '2026-02-26T12:00:00+00:00',
  tool_hash: `sha256:${'b2'.repeat(32)}`,
};

function envelope(): Record<string, JsonValue> {
  return {
    operator_id: 'op-001',
    campaign_id: 'cmp-001',
    tenant_id: TENANT,
    execution_hash: executionFingerprint(FINGERPRINT_INPUT),
    timestamp: 1_772_107_200,
    nonce: 'nonce-telemetry-00000001',
    signed_metadata: { tenant_id: TENANT, operator_id: 'op-001', campaign_id: 'cmp-001' },
    payload: payload({}),
  };
}

function payload(changes: Readonly<Record<string, JsonValue>>): JsonObject {
  return {
    event_id: 'evt-1',
    event_type: 'PORT_OPEN',
    source_system: 'nmap',
    severity: 'high',
    observed_at: '2026-02-26T12:00:00+00:00',
    mitre_techniques: ['T1046'],
    description: 'Grüße 😀',
    attributes: {
      attestation_measurement_hash: 'a1'.repeat(32),
      schema_version: '1.0',
      serial: 12345678901234567890n,
    },
    ...changes,
  };
}

/** Bodies that break one rule: what, the code and the path. */
const BROKEN: readonly (readonly [string, (body: Record<string, JsonValue>) => void])[] = [
  ['no payload', (body) => delete body.payload],
  ['an unknown member', (body) => Object.assign(body, { extra: 1 })],
  ['an unknown member of the payload', (body) => Object.assign(body, { payload: payload({ extra: 1 }) })],
  ['a tenant that is no UUID', (body) => Object.assign(body, { tenant_id: 'tenant' })],
  ['a timestamp as text', (body) => Object.assign(body, { timestamp: '1772107200' })],
  ['a severity that is none', (body) => Object.assign(body, { payload: payload({ severity: 'severe' }) })],
  [
    '30 February',
    (body) => Object.assign(body, { payload: payload({ observed_at: '2026-02-30T00:00:00Z' }) }),
  ],
  [
    'a bad technique',
    (body) => Object.assign(body, { payload: payload({ mitre_techniques: ['T1046', 'T1'] }) }),
  ],
  ['no attestation', (body) => Object.assign(body, { payload: payload({ attributes: {} }) })],
];

export function requestVectors(): object {
  const telemetry = testPrivateKey(1);
  const evidence = testPrivateKey(3);
  const bodies = {
    compat: canonicalizeCompat(envelope()),
    jcs: canonicalizeJcs({
      ...envelope(),
      payload: payload({ attributes: { attestation_measurement_hash: 'a1'.repeat(32) } }),
    }),
  };
  const bundle = {
    operatorId: 'op-001',
    campaignId: 'cmp-001',
    executionHash: 'c3'.repeat(32),
    timestamp: 1_772_107_200,
    nonce: 'nonce-federation-00000001',
  };
  const bundleInput = evidenceBundleInput(bundle);
  return {
    about: `PROTOCOL.md sections 3, 4, 7, 9 and 11. ${NEVER_ACCEPT}`,
    keys: {
      telemetry: Buffer.from(publicBytes(telemetry)).toString('base64'),
      evidence: Buffer.from(publicBytes(evidence)).toString('base64'),
    },
    requests: Object.entries(bodies).map(([form, body]) => {
      const message = requestSignatureInput(1_772_107_200, 'nonce-telemetry-00000001', Buffer.from(body));
      return {
        form,
        timestamp: 1_772_107_200,
        nonce: 'nonce-telemetry-00000001',
        body,
        message_sha256: createHash('sha256').update(message).digest('hex'),
        signature: signBase64(telemetry, message),
        content_hash: contentOf(body),
      };
    }),
    rejected: BROKEN.map(([about, change]) => rejectedCase(about, change)),
    bundle: { ...bundle, hash: bundleHash(bundleInput), signature: signBase64(evidence, bundleInput) },
    fingerprint: { input: FINGERPRINT_INPUT, fingerprint: executionFingerprint(FINGERPRINT_INPUT) },
    intents: chain(3),
  };
}

function parsed(body: string): JsonValue {
  const result = parseStrictJson(Buffer.from(body));
  if (!result.ok) {
    throw new Error(result.detail);
  }
  return result.value;
}

function contentOf(body: string): string {
  const envelope = parseTelemetryEnvelope(parsed(body));
  if (!envelope.ok) {
    throw new Error(envelope.detail);
  }
  const { payload: received, campaign_id, execution_hash } = envelope.value;
  return Buffer.from(contentHash(received, campaign_id, execution_hash)).toString('hex');
}

function rejectedCase(about: string, change: (body: Record<string, JsonValue>) => void): object {
  const body = envelope();
  change(body);
  const text = canonicalizeCompat(body);
  const result = parseTelemetryEnvelope(parsed(text));
  return { about, body: text, code: result.ok ? null : result.code, path: result.ok ? null : result.path };
}

function chain(length: number): object[] {
  const intents: object[] = [];
  let prev = 'GENESIS';
  for (let sequence = 1; sequence <= length; sequence++) {
    const { attestation_measurement_hash: _, ...rest } = FINGERPRINT_INPUT;
    const input = {
      ...rest,
      dispatch_target: `host-${sequence}`,
      execution_fingerprint: executionFingerprint(FINGERPRINT_INPUT),
      intent_id: intentId(sequence),
    };
    const hash = intentHash(prev, input);
    intents.push({ prev, input, intent_hash: hash });
    prev = hash;
  }
  return intents;
}
