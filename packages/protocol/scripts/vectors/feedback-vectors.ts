import {
  adjustmentToJson,
  canonicalizeCompat,
  type ErrorCode,
  feedbackBindingInput,
  feedbackSignatureInput,
  importPublicKey,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  verifyFeedbackResponse,
} from '../../dist/index.js';
import { NEVER_ACCEPT, publicBytes, signBase64, testPrivateKey } from './test-keys.ts';

const TENANT = '10000000-0000-0000-0000-00000000000a';
const NOW = 1_772_107_202;
const QUERY_NONCE = 'nonce-query-00000001';
const KEY = testPrivateKey(2);

const ITEM = {
  tenant_id: TENANT,
  execution_fingerprint: 'f2'.repeat(32),
  target_urn: 'urn:target:höst',
  action: 'deny',
  confidence: 1,
  rationale: 'an open critical finding',
  control: 'execution',
  ttl_seconds: 1800,
  timestamp: NOW - 2,
  schema_version: 'feedback.adjustment.v1',
  attestation_measurement_hash: 'a1'.repeat(32),
} as const;

function response(items: readonly JsonObject[]): Record<string, JsonValue> {
  const members = {
    tenantId: TENANT,
    signedAt: NOW,
    nonce: 'fb-nonce-000000000000001',
    schemaVersion: 'feedback.response.v1',
    kid: 'kid-001',
  };
  const signature = signBase64(
    KEY,
    feedbackSignatureInput({ ...members, canonicalData: canonicalizeCompat(items) }),
  );
  return {
    request_id: '00000000-0000-7000-8000-000000000001',
    status: 'accepted',
    data: items,
    errors: [],
    signature,
    kid: members.kid,
    signature_algorithm: 'Ed25519',
    signed_at: members.signedAt,
    nonce: members.nonce,
    schema_version: members.schemaVersion,
    request_nonce: QUERY_NONCE,
    binding_signature: signBase64(KEY, feedbackBindingInput(QUERY_NONCE, signature)),
  };
}

const GOOD = (): Record<string, JsonValue> => response([adjustmentToJson(ITEM)]);

/** What is changed in a good answer. */
const CASES: readonly (readonly [
  about: string,
  change: Readonly<Record<string, JsonValue>>,
  now?: number,
])[] = [
  ['good', {}],
  ['data is no array', { data: {} }],
  ['no signature', { signature: null }],
  ['another algorithm', { signature_algorithm: 'HMAC' }],
  ['another schema', { schema_version: 'feedback.response.v2' }],
  ['an unknown kid', { kid: 'kid-002' }],
  ['other data', { data: [] }],
  ['signed at another time', { signed_at: NOW + 1 }],
  ['bound to another query', { request_nonce: 'nonce-query-00000002' }],
  ['not bound', { request_nonce: null, binding_signature: null }],
  ['300 seconds old', {}, NOW + 300],
  ['301 seconds old', {}, NOW + 301],
];

export function feedbackVectors(): object {
  const items: readonly (readonly [string, JsonObject])[] = [
    ['another tenant', { ...adjustmentToJson(ITEM), tenant_id: TENANT.toUpperCase() }],
    ['from the future of its answer', adjustmentToJson({ ...ITEM, timestamp: NOW + 31 })],
    ['expired', adjustmentToJson({ ...ITEM, timestamp: NOW - 1800 })],
    ['twelve members', { ...adjustmentToJson(ITEM), extra: 1 }],
  ];
  return {
    about: `PROTOCOL.md section 8. Answers are in compat form; the query was for the tenant and the nonce given here, the binding is required. ${NEVER_ACCEPT}`,
    tenant_id: TENANT,
    request_nonce: QUERY_NONCE,
    keys: { 'kid-001': Buffer.from(publicBytes(KEY)).toString('base64') },
    answers: CASES.map(([about, change, now = NOW]) => {
      const text = canonicalizeCompat({ ...GOOD(), ...change });
      return { about, now, answer: text, ...verdict(text, now) };
    }),
    items: items.map(([about, item]) => {
      const text = canonicalizeCompat(response([item]));
      return { about, now: NOW, answer: text, ...verdict(text, NOW) };
    }),
  };
}

function verdict(text: string, now: number): { code: ErrorCode | null; skipped?: readonly ErrorCode[] } {
  const key = importPublicKey(publicBytes(KEY));
  const parsed = parseStrictJson(Buffer.from(text));
  if (!key.ok || !parsed.ok) {
    throw new Error('a vector that cannot be made');
  }
  const result = verifyFeedbackResponse(parsed.value, {
    tenantId: TENANT,
    requestNonce: QUERY_NONCE,
    keys: (kid) => (kid === 'kid-001' ? key.value : null),
    now,
    requireBinding: true,
    nonceSeen: () => false,
  });
  return result.ok
    ? { code: null, skipped: result.value.skipped.map(({ code }) => code) }
    : { code: result.code };
}
