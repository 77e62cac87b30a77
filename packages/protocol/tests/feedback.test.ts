import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import { decodeSignature, encodeBase64, verifyEd25519 } from '../src/ed25519.ts';
import type { JsonValue } from '../src/json-value.ts';
import {
  type Adjustment,
  adjustmentToJson,
  type FeedbackContext,
  parseAdjustment,
  verifyFeedbackResponse,
} from '../src/schemas.ts';
import { feedbackBindingInput, feedbackSignatureInput } from '../src/signature-input.ts';
import { breaks, integerRules, long, notText, required, strictAt, textRules } from './breakages.ts';
import { adjustment, changed, type Json, type JsonRecord, TENANT } from './samples.ts';
import {
  expectRejected,
  parsed,
  readJson,
  received,
  signWith,
  testKey,
  testWithShared,
  value,
} from './support.ts';

const { privateKey, key } = testKey(2);
const NOW = 1_772_107_202;
const REQUEST_NONCE = 'nonce-query-00000001';
const context: FeedbackContext = {
  tenantId: TENANT,
  requestNonce: REQUEST_NONCE,
  keys: (kid) => (kid === 'kid-001' ? key : null),
  now: NOW,
  requireBinding: true,
  nonceSeen: () => false,
};

interface Signing {
  readonly tenantId?: string;
  readonly signedAt?: number;
  readonly items?: readonly JsonRecord[];
  readonly requestNonce?: string;
}

/** An answer as our gateway writes it. */
function answer(signing: Signing = {}): JsonRecord {
  const items = signing.items ?? [adjustment()];
  const members = {
    tenantId: signing.tenantId ?? TENANT,
    signedAt: signing.signedAt ?? NOW,
    nonce: 'fb-nonce-000000000000001',
    schemaVersion: 'feedback.response.v1',
    kid: 'kid-001',
    canonicalData: canonicalizeCompat(received(items)),
  };
  const signature = encodeBase64(signWith(privateKey, feedbackSignatureInput(members)));
  const requestNonce = signing.requestNonce ?? REQUEST_NONCE;
  return {
    request_id: 'r',
    status: 'accepted',
    data: items as Json[],
    errors: [],
    signature,
    kid: members.kid,
    signature_algorithm: 'Ed25519',
    signed_at: members.signedAt,
    nonce: members.nonce,
    schema_version: members.schemaVersion,
    request_nonce: requestNonce,
    binding_signature: encodeBase64(signWith(privateKey, feedbackBindingInput(requestNonce, signature))),
  };
}

const verify = (response: JsonRecord, overrides: Partial<FeedbackContext> = {}) =>
  verifyFeedbackResponse(received(response), { ...context, ...overrides });

test('a good answer is taken whole', () => {
  expect(value(verify(answer()))).toMatchObject({
    adjustments: [{ action: 'deny', confidence: 0.82 }],
    skipped: [],
    signedAt: NOW,
    nonce: 'fb-nonce-000000000000001',
    kid: 'kid-001',
  });
  expect(value(verify(answer({ items: [] })))).toMatchObject({ adjustments: [], skipped: [] });
});

/** The checks of section 8 in their order: how to fail each, and with which code. */
const CHECKS: readonly (readonly [
  name: string,
  code: string,
  fail: (response: JsonRecord) => JsonRecord,
  Partial<FeedbackContext>?,
])[] = [
  ['data is no array', 'feedback_unsigned', (r) => changed(r, '/data', {})],
  [
    'the algorithm is another',
    'feedback_schema_unsupported',
    (r) => changed(r, '/signature_algorithm', 'HMAC'),
  ],
  [
    'the schema is another',
    'feedback_schema_unsupported',
    (r) => changed(r, '/schema_version', 'feedback.response.v2'),
  ],
  ['the kid is unknown', 'unknown_kid', (r) => changed(r, '/kid', 'kid-002')],
  [
    'the data were changed',
    'feedback_signature_invalid',
    (r) => (Array.isArray(r.data) ? changed(r, '/data', []) : r),
  ],
  [
    'the binding is for another query',
    'feedback_unbound',
    (r) => changed(r, '/request_nonce', 'nonce-query-00000002'),
  ],
  ['it is too old', 'feedback_stale', (r) => r, { now: NOW + 301 }],
  ['the nonce was seen', 'feedback_replayed', (r) => r, { nonceSeen: () => true }],
];

describe('each check refuses with its code', () => {
  for (const [name, code, fail, overrides] of CHECKS) {
    test(name, () => {
      expectRejected(verify(fail(answer()), overrides), code);
    });
  }
});

describe('the first failing check decides, so the order is the order of section 8', () => {
  for (const [first, check] of CHECKS.entries()) {
    test(`${check[0]}, and everything after it as well`, () => {
      let response = answer();
      let overrides: Partial<FeedbackContext> = {};
      for (const [, , fail, more] of CHECKS.slice(first)) {
        response = fail(response);
        overrides = { ...overrides, ...more };
      }
      expectRejected(verify(response, overrides), check[1]);
    });
  }
});

describe('members that the signature needs', () => {
  for (const name of ['data', 'signature', 'signed_at', 'nonce', 'kid', 'schema_version']) {
    test(`${name} absent or of another type`, () => {
      for (const other of [undefined, null, true, { a: 1 }, name === 'signed_at' ? 'x' : 7]) {
        expectRejected(verify(changed(answer(), `/${name}`, other)), 'feedback_unsigned');
      }
    });
  }
  test('signed_at is an integer token', () => {
    const text = JSON.stringify(answer()).replace(`"signed_at":${NOW}`, `"signed_at":${NOW}.0`);
    expectRejected(verifyFeedbackResponse(parsed(text), context), 'feedback_unsigned');
    expectRejected(verify(changed(answer(), '/signed_at', -1)), 'feedback_unsigned');
  });
  test('an answer that is no object', () => {
    for (const response of [null, [], 'x', 1, 1.5]) {
      expectRejected(verifyFeedbackResponse(received(response), context), 'feedback_unsigned');
    }
  });
  test('the algorithm must be named', () => {
    expectRejected(
      verify(changed(answer(), '/signature_algorithm', undefined)),
      'feedback_schema_unsupported',
    );
  });
});

describe('signature', () => {
  test('covers the tenant exactly as the query wrote it', () => {
    expectRejected(verify(answer(), { tenantId: TENANT.toLowerCase() }), 'feedback_signature_invalid');
    expectRejected(verify(answer({ tenantId: TENANT.toLowerCase() })), 'feedback_signature_invalid');
  });
  test('covers every member', () => {
    expectRejected(verify(changed(answer(), '/signed_at', NOW + 1)), 'feedback_signature_invalid');
    expectRejected(
      verify(changed(answer(), '/nonce', 'fb-nonce-000000000000002')),
      'feedback_signature_invalid',
    );
    expectRejected(verify(changed(answer(), '/data', [])), 'feedback_signature_invalid');
    expectRejected(
      verify(changed(answer(), '/kid', 'kid-002'), { keys: () => key }),
      'feedback_signature_invalid',
    );
    expectRejected(verify(answer(), { keys: () => testKey(3).key }), 'feedback_signature_invalid');
  });
  test('a number in another spelling is other data: 1 is not 1.0', () => {
    const good = answer({ items: [changed(adjustment(), '/confidence', 1)] });
    value(verify(good));
    const respelt = JSON.stringify(good).replace('"confidence":1', '"confidence":1.0');
    expectRejected(verifyFeedbackResponse(parsed(respelt), context), 'feedback_signature_invalid');
  });
  test('must be strict base64 of 64 bytes', () => {
    const text = answer().signature as string;
    for (const signature of ['', text.slice(0, -2), `${text} `, text.replaceAll('=', ''), `${text}AAAA`]) {
      expectRejected(verify(changed(answer(), '/signature', signature)), 'feedback_signature_invalid');
    }
  });
  test('no member may hold the separator, even if a key is found and somebody signed it', () => {
    expectRejected(verify(changed(answer(), '/nonce', 'a|b')), 'feedback_signature_invalid');
    expectRejected(
      verify(changed(answer(), '/kid', 'a|b'), { keys: () => key }),
      'feedback_signature_invalid',
    );
  });
});

describe('binding', () => {
  const unbound = (): JsonRecord =>
    changed(changed(answer(), '/binding_signature', undefined), '/request_nonce', undefined);
  test('is required by default and may be left out where that is allowed', () => {
    expectRejected(verify(unbound()), 'feedback_unbound');
    value(verify(unbound(), { requireBinding: false }));
    value(verify({ ...unbound(), request_nonce: null, binding_signature: null }, { requireBinding: false }));
  });
  test('one that is there must verify, required or not', () => {
    const wrong = [
      answer({ requestNonce: 'nonce-query-00000002' }),
      changed(answer(), '/binding_signature', answer().signature as string),
      changed(answer(), '/binding_signature', undefined),
      changed(answer(), '/binding_signature', 7),
      changed(answer(), '/binding_signature', ''),
      changed(answer(), '/request_nonce', undefined),
      changed(answer(), '/request_nonce', 7),
    ];
    for (const response of wrong) {
      expectRejected(verify(response), 'feedback_unbound');
      expectRejected(verify(response, { requireBinding: false }), 'feedback_unbound');
    }
  });
});

test('freshness: equality passes, both ways', () => {
  const timeless = { items: [] };
  value(verify(answer({ ...timeless, signedAt: NOW - 300 })));
  value(verify(answer({ ...timeless, signedAt: NOW + 300 })));
  expectRejected(verify(answer({ ...timeless, signedAt: NOW - 301 })), 'feedback_stale');
  expectRejected(verify(answer({ ...timeless, signedAt: NOW + 301 })), 'feedback_stale');
});

test('a forged answer never learns whether a nonce was seen', () => {
  const asked: string[] = [];
  const nonceSeen = (nonce: string): boolean => asked.push(nonce) > 0;
  for (const [, , fail, overrides] of CHECKS.slice(0, -1)) {
    verify(fail(answer()), { nonceSeen, ...overrides });
  }
  expect(asked).toEqual([]);
  verify(answer(), { nonceSeen });
  expect(asked).toEqual(['fb-nonce-000000000000001']);
});

test('a bad item is skipped with its code, the others stand', () => {
  const items = [
    adjustment(),
    changed(adjustment(), '/tenant_id', TENANT.toLowerCase()),
    changed(adjustment(), '/timestamp', NOW + 31),
    changed(adjustment(), '/timestamp', NOW - 1800),
    changed(adjustment(), '/extra', 1),
    changed(adjustment(), '/timestamp', NOW + 30),
    changed(adjustment(), '/timestamp', NOW - 1799),
  ];
  const taken = value(verify(answer({ items })));
  expect(taken.adjustments.map((one) => one.timestamp)).toEqual([1_772_107_200, NOW + 30, NOW - 1799]);
  expect(taken.skipped.map(({ index, code }) => [index, code])).toEqual([
    [1, 'tenant_mapping_violation'],
    [2, 'timestamp_out_of_window'],
    [3, 'feedback_stale'],
    [4, 'schema_invalid'],
  ]);
  const strange = value(verify(answer({ items: [1, null, 'x', [], 1.5] as unknown as JsonRecord[] })));
  expect(strange.skipped.map(({ code }) => code)).toEqual(Array(5).fill('schema_invalid'));
});

describe('adjustment', () => {
  const bad = (pointer: string, ...values: readonly Json[]) => values.map((one) => [pointer, one] as const);
  breaks(parseAdjustment, adjustment, 'schema_invalid', [
    ...required(...Object.keys(adjustment()).map((name) => `/${name}`)),
    ...strictAt(''),
    ...bad('/tenant_id', ...notText, '', 'tenant'),
    ...bad('/execution_fingerprint', ...notText, '', 'A1'.repeat(32), 'a'.repeat(63)),
    ...bad('/attestation_measurement_hash', ...notText, '', 'A1'.repeat(32), 'a'.repeat(65)),
    ...textRules('/target_urn', 512),
    ...textRules('/action', 32),
    ...bad('/confidence', -0.01, 1.01, 2, '0.5', null, true, [], {}),
    ...textRules('/rationale', 2048),
    ...textRules('/control', 64),
    ...integerRules('/ttl_seconds', 60, 86_400),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...bad('/schema_version', null, '', 'feedback.adjustment.v2'),
  ]);

  test('at its limits, and the confidence always goes out as a double', () => {
    for (const [token, number, written] of [
      ['0', 0, '0.0'],
      ['1', 1, '1.0'],
      ['1.0', 1, '1.0'],
      ['-0.0', -0, '-0.0'],
      ['5e-1', 0.5, '0.5'],
    ] as const) {
      const read: Adjustment = value(
        parseAdjustment(
          parsed(JSON.stringify(adjustment()).replace('"confidence":0.82', `"confidence":${token}`)),
        ),
      );
      expect(read.confidence).toBe(number);
      expect(canonicalizeCompat(adjustmentToJson(read))).toContain(`"confidence":${written},`);
    }
    value(parseAdjustment(received(changed(adjustment(), '/rationale', '😀'.repeat(2048)))));
    value(parseAdjustment(received(changed(adjustment(), '/action', long(32)))));
  });

  test('survives its own JSON form', () => {
    const read = value(parseAdjustment(received(adjustment())));
    const json: JsonValue = adjustmentToJson(read);
    expect(Object.keys(json)).toHaveLength(11);
    expect(value(parseAdjustment(parsed(canonicalizeCompat(json))))).toEqual(read);
  });
});

interface FeedbackVector {
  readonly tenant_id: string;
  readonly signed_at: number;
  readonly nonce: string;
  readonly schema_version: string;
  readonly kid: string;
  readonly canonical_data: string;
  readonly signature_b64: string;
}

testWithShared(
  'federation-v1: feedback signatures, as a response and as an input',
  'vectors/federation-v1.json',
  (path) => {
    const vectors = readJson<{ readonly feedback_signature: readonly FeedbackVector[] }>(
      path,
    ).feedback_signature;
    expect(vectors.length).toBe(2);
    for (const vector of vectors) {
      const input = feedbackSignatureInput({
        tenantId: vector.tenant_id,
        signedAt: vector.signed_at,
        nonce: vector.nonce,
        schemaVersion: vector.schema_version,
        kid: vector.kid,
        canonicalData: vector.canonical_data,
      });
      const signature = decodeSignature(vector.signature_b64);
      expect(signature !== null && verifyEd25519(key, input, signature)).toBe(true);
      const { tenant_id: tenantId, signature_b64, canonical_data, ...members } = vector;
      const response = { ...members, signature: signature_b64, signature_algorithm: 'Ed25519', data: 0 };
      const text = JSON.stringify(response).replace('"data":0', `"data":${canonical_data}`);
      const deployed = { ...context, tenantId, requireBinding: false };
      const taken = value(verifyFeedbackResponse(parsed(text), deployed));
      expect(taken.skipped).toEqual([]);
      expect(canonicalizeCompat(taken.adjustments.map(adjustmentToJson))).toBe(canonical_data);
      expectRejected(
        verifyFeedbackResponse(parsed(text), { ...deployed, requireBinding: true }),
        'feedback_unbound',
      );
    }
  },
);
