import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import {
  type Ed25519PublicKey,
  encodeBase64,
  feedbackBindingInput,
  feedbackSignatureInput,
  parseStrictJson,
  verifyFeedbackResponse,
} from '@nyxera/federation-protocol';
import { describeWithShared, sharedPath } from '@nyxera/federation-testing';
import type { Choice } from '../../src/feedback/choose-adjustments.ts';
import { signFeedback } from '../../src/feedback/sign-feedback.ts';
import { createFederation, type Federation, TENANT } from '../support/federation.ts';

const NOW = 1_772_107_200;
const REQUEST_NONCE = 'request-nonce-00000001';

let federation: Federation;
let signer: Signer;

beforeAll(async () => {
  federation = await createFederation();
  const opened = await openSigner(federation.feedbackKeyPath);
  if (!opened.ok) throw new Error(opened.detail);
  signer = opened.value;
});
afterAll(async () => {
  await signer.close();
  federation.remove();
});

const choice: Choice = {
  targetUrn: 'urn:target:höst|1',
  action: 'deny',
  confidence: 1,
  rationale: 'with "quotes", a | and \u{1F600}',
  control: 'execution',
  ttlSeconds: 1800,
  timestamp: NOW - 1,
  executionFingerprint: 'aa'.repeat(32),
  attestationMeasurementHash: 'bb'.repeat(32),
};

async function answer(adjustments: readonly Choice[], tenantId = TENANT): Promise<string> {
  const { json } = await signFeedback(signer, {
    requestId: '0190a000-0000-7000-8000-000000000000',
    tenantId,
    requestNonce: REQUEST_NONCE,
    signedAt: NOW,
    nonce: 'A'.repeat(24),
    kid: 'default',
    adjustments,
  });
  return json;
}

function verify(
  json: string,
  changes: { tenantId?: string; requestNonce?: string; key?: Ed25519PublicKey } = {},
) {
  const parsed = parseStrictJson(new TextEncoder().encode(json));
  if (!parsed.ok) throw new Error(parsed.detail);
  return verifyFeedbackResponse(parsed.value, {
    tenantId: changes.tenantId ?? TENANT,
    requestNonce: changes.requestNonce ?? REQUEST_NONCE,
    keys: (kid) => (kid === 'default' ? (changes.key ?? federation.feedback) : null),
    now: NOW,
    requireBinding: true,
    nonceSeen: () => false,
  });
}

test('what is signed verifies as the agent verifies it, item by item', async () => {
  const verified = verify(await answer([choice, { ...choice, action: 'observe', confidence: 0.55 }]));
  expect(verified).toMatchObject({ ok: true, value: { skipped: [], signedAt: NOW, kid: 'default' } });
  if (!verified.ok) return;
  expect(verified.value.adjustments[0]).toEqual({
    tenant_id: TENANT,
    execution_fingerprint: 'aa'.repeat(32),
    target_urn: choice.targetUrn,
    action: 'deny',
    confidence: 1,
    rationale: choice.rationale,
    control: 'execution',
    ttl_seconds: 1800,
    timestamp: NOW - 1,
    schema_version: 'feedback.adjustment.v1',
    attestation_measurement_hash: 'bb'.repeat(32),
  });
});

test('an empty answer verifies too', async () => {
  expect(verify(await answer([]))).toMatchObject({ ok: true, value: { adjustments: [] } });
});

test('the tenant is signed as the query wrote it', async () => {
  const shouted = TENANT.toUpperCase();
  const json = await answer([choice], shouted);
  expect(verify(json, { tenantId: shouted })).toMatchObject({ ok: true, value: { skipped: [] } });
  expect(verify(json)).toMatchObject({ ok: false, code: 'feedback_signature_invalid' });
});

test('another query, another tenant, another key and any change are refused', async () => {
  const json = await answer([choice]);
  expect(verify(json, { requestNonce: 'request-nonce-00000002' })).toMatchObject({
    code: 'feedback_unbound',
  });
  expect(verify(json, { key: federation.telemetry.publicKey })).toMatchObject({
    code: 'feedback_signature_invalid',
  });
  expect(verify(json.replace('"deny"', '"observe"'))).toMatchObject({ code: 'feedback_signature_invalid' });
  expect(verify(json.replace('"confidence":1.0', '"confidence":1'))).toMatchObject({
    code: 'feedback_signature_invalid',
  });
});

test('the value of data is the very text that was signed', async () => {
  const json = await answer([choice]);
  const canonicalData = json.slice(json.indexOf('"data":') + 7, json.indexOf(',"errors":[]'));
  const input = feedbackSignatureInput({
    tenantId: TENANT,
    signedAt: NOW,
    nonce: 'A'.repeat(24),
    schemaVersion: 'feedback.response.v1',
    kid: 'default',
    canonicalData,
  });
  const { signature, binding_signature: binding } = JSON.parse(json) as Record<string, string>;
  expect(encodeBase64(await signer.sign(input))).toBe(signature);
  expect(encodeBase64(await signer.sign(feedbackBindingInput(REQUEST_NONCE, signature ?? '')))).toBe(binding);
});

describeWithShared('federation-v1.json', () => {
  interface Item {
    readonly target_urn: string;
    readonly action: string;
    readonly confidence: number;
    readonly rationale: string;
    readonly control: string;
    readonly ttl_seconds: number;
    readonly timestamp: number;
    readonly execution_fingerprint: string;
    readonly attestation_measurement_hash: string;
  }
  interface Vectors {
    readonly keys: { readonly feedback: { readonly seed_hex: string } };
    readonly feedback_signature: readonly (Record<string, string> & { readonly signed_at: number })[];
  }

  test('its feedback signatures come out of our signer', async () => {
    const path = sharedPath('vectors', 'federation-v1.json') ?? '';
    const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
    expect(vectors.feedback_signature.length).toBeGreaterThan(0);
    for (const vector of vectors.feedback_signature) {
      const items = JSON.parse(vector.canonical_data ?? '') as Item[];
      const seed = Buffer.from(vectors.keys.feedback.seed_hex, 'hex');
      const { json } = await signFeedback(await seedSigner(seed), {
        requestId: 'r',
        tenantId: vector.tenant_id ?? '',
        requestNonce: REQUEST_NONCE,
        signedAt: vector.signed_at,
        nonce: vector.nonce ?? '',
        kid: vector.kid ?? '',
        adjustments: items.map((item) => ({
          targetUrn: item.target_urn,
          action: item.action,
          confidence: item.confidence,
          rationale: item.rationale,
          control: item.control,
          ttlSeconds: item.ttl_seconds,
          timestamp: item.timestamp,
          executionFingerprint: item.execution_fingerprint,
          attestationMeasurementHash: item.attestation_measurement_hash,
        })),
      });
      expect(json).toContain(`"data":${vector.canonical_data},`);
      expect(JSON.parse(json)).toMatchObject({ signature: vector.signature_b64 });
    }
  });
});

/** The vectors name their key by a seed of equal bytes, which key-custody rightly refuses as a placeholder. */
async function seedSigner(seed: Buffer): Promise<Pick<Signer, 'sign'>> {
  const { createPrivateKey, sign } = await import('node:crypto');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { sign: async (message) => sign(null, message, key) };
}
