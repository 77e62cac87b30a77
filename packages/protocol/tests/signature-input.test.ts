import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decodeSignature, importPublicKey, verifyEd25519 } from '../src/ed25519.ts';
import {
  bundleHash,
  evidenceBundleInput,
  feedbackBindingInput,
  feedbackSignatureInput,
  getSignatureInput,
  requestSignatureInput,
} from '../src/signature-input.ts';
import { readJson, signWith, testKey, testWithShared, utf8, value } from './support.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const NONCE = 'nonce-telemetry-00000001';

describe('the exact bytes', () => {
  test('request', () => {
    expect(text(requestSignatureInput(0, NONCE, utf8('{"é":1}')))).toBe(`0.${NONCE}.{"é":1}`);
    const binary = Uint8Array.of(0, 0xff, 0x2e);
    expect([...requestSignatureInput(7, NONCE, binary).subarray(-4)]).toEqual([0x2e, 0, 0xff, 0x2e]);
  });
  test('signed GET', () => {
    expect(text(getSignatureInput(1, NONCE, '/internal/v1/audit/checkpoint?a=b'))).toBe(
      `1.${NONCE}./internal/v1/audit/checkpoint?a=b`,
    );
  });
  test('feedback, binding, bundle', () => {
    const members = {
      tenantId: 't',
      signedAt: 1,
      nonce: 'n',
      schemaVersion: 's',
      kid: 'k',
      canonicalData: '["|"]',
    };
    expect(text(feedbackSignatureInput(members))).toBe('t|1|n|s|k|["|"]');
    expect(text(feedbackBindingInput('rn', 'sig=='))).toBe('feedback.binding.v1|rn|sig==');
    const bundle = { operatorId: 'o', campaignId: 'c', executionHash: 'h', timestamp: 2, nonce: 'n' };
    expect(text(evidenceBundleInput(bundle))).toBe('o|c|h|2|n');
    expect(bundleHash(evidenceBundleInput(bundle))).toBe(
      createHash('sha256').update('o|c|h|2|n').digest('hex'),
    );
  });
});

describe('misuse throws', () => {
  const misuse = expect.objectContaining({ name: 'ProtocolError' });
  test('a separator inside a member', () => {
    const feedback = {
      tenantId: 't',
      signedAt: 1,
      nonce: 'n',
      schemaVersion: 's',
      kid: 'k',
      canonicalData: '',
    };
    for (const name of ['tenantId', 'nonce', 'schemaVersion', 'kid']) {
      expect(() => feedbackSignatureInput({ ...feedback, [name]: 'a|b' })).toThrow(misuse);
    }
    const bundle = { operatorId: 'o', campaignId: 'c', executionHash: 'h', timestamp: 2, nonce: 'n' };
    for (const name of ['operatorId', 'campaignId', 'executionHash', 'nonce']) {
      expect(() => evidenceBundleInput({ ...bundle, [name]: '|' })).toThrow(misuse);
    }
    expect(() => feedbackBindingInput('|', 's')).toThrow(misuse);
    expect(() => feedbackBindingInput('n', '|')).toThrow(misuse);
  });
  test('a timestamp or nonce that the header could not carry', () => {
    for (const timestamp of [-1, 1.5, Number.NaN, 1e12, 2 ** 60]) {
      expect(() => requestSignatureInput(timestamp, NONCE, utf8(''))).toThrow(misuse);
    }
    for (const nonce of ['', 'short', 'has space', 'x'.repeat(129), 'dot.is.fine|']) {
      expect(() => requestSignatureInput(1, nonce, utf8(''))).toThrow(misuse);
      expect(() => getSignatureInput(1, nonce, '/')).toThrow(misuse);
    }
  });
});

test('any single flipped bit of body, nonce, timestamp or signature is refused', () => {
  const { privateKey, key } = testKey(1);
  const body = utf8('{"campaign_id":"cmp-001","n":1}');
  const timestamp = 1_772_107_200;
  const message = requestSignatureInput(timestamp, NONCE, body);
  const signature = signWith(privateKey, message);
  expect(verifyEd25519(key, message, signature)).toBe(true);
  const head = message.length - body.length;
  // The message holds timestamp, nonce and body as they are; the dots between them are flipped as well.
  for (let bit = 0; bit < message.length * 8; bit++) {
    const flipped = Uint8Array.from(message);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verifyEd25519(key, flipped, signature)).toBe(false);
    if (bit >> 3 >= head) {
      expect(
        verifyEd25519(key, requestSignatureInput(timestamp, NONCE, flipped.subarray(head)), signature),
      ).toBe(false);
    }
  }
  for (let bit = 0; bit < 512; bit++) {
    const flipped = Uint8Array.from(signature);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verifyEd25519(key, message, flipped)).toBe(false);
  }
  for (let bit = 0; bit < 39; bit++) {
    const other = Number(BigInt(timestamp) ^ (1n << BigInt(bit)));
    expect(verifyEd25519(key, requestSignatureInput(other, NONCE, body), signature)).toBe(false);
  }
});

interface Vectors {
  readonly keys: Readonly<Record<'producer' | 'feedback' | 'evidence', { readonly public_b64: string }>>;
  readonly request_signature: readonly {
    readonly timestamp: number;
    readonly nonce: string;
    readonly body: string;
    readonly message_sha256: string;
    readonly signature_b64: string;
  }[];
  readonly evidence_bundle: readonly {
    readonly operator_id: string;
    readonly campaign_id: string;
    readonly execution_hash: string;
    readonly timestamp: number;
    readonly nonce: string;
    readonly bundle_hash: string;
    readonly signature_b64: string;
  }[];
}

testWithShared('federation-v1: request and bundle signatures', 'vectors/federation-v1.json', (path) => {
  const vectors = readJson<Vectors>(path);
  const producer = value(importPublicKey(vectors.keys.producer.public_b64));
  const evidence = value(importPublicKey(vectors.keys.evidence.public_b64));
  expect(vectors.request_signature.length + vectors.evidence_bundle.length).toBeGreaterThan(1);
  for (const one of vectors.request_signature) {
    const message = requestSignatureInput(one.timestamp, one.nonce, utf8(one.body));
    expect(createHash('sha256').update(message).digest('hex')).toBe(one.message_sha256);
    expect(verifyEd25519(producer, message, decodeSignature(one.signature_b64) ?? new Uint8Array())).toBe(
      true,
    );
    expect(Buffer.from(signWith(testKey(1).privateKey, message)).toString('base64')).toBe(one.signature_b64);
  }
  for (const one of vectors.evidence_bundle) {
    const message = evidenceBundleInput({
      operatorId: one.operator_id,
      campaignId: one.campaign_id,
      executionHash: one.execution_hash,
      timestamp: one.timestamp,
      nonce: one.nonce,
    });
    expect(bundleHash(message)).toBe(one.bundle_hash);
    expect(verifyEd25519(evidence, message, decodeSignature(one.signature_b64) ?? new Uint8Array())).toBe(
      true,
    );
  }
});
