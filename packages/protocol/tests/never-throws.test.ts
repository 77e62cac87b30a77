import { expect, jest, test } from '@jest/globals';
import { contentHash } from '../src/content-hash.ts';
import { fingerprintInputFrom } from '../src/execution-fingerprint.ts';
import type { JsonObject, JsonValue } from '../src/json-value.ts';
import { parseJwkSet } from '../src/key-id.ts';
import type { Result } from '../src/result.ts';
import {
  checkSchemaVersion,
  graphAnchors,
  normalisePayload,
  parseAdjustment,
  parseAuditCosignature,
  parseContractV2,
  parseEvidenceBundle,
  parseExecutionGraph,
  parseFeedbackQuery,
  parseTelemetryEnvelope,
  verifyFeedbackResponse,
} from '../src/schemas.ts';
import { jsonText } from './json-text.ts';
import {
  adjustment,
  auditCosignature,
  contractV2,
  evidenceBundle,
  executionGraph,
  feedbackQuery,
  type JsonRecord,
  telemetryEnvelope,
} from './samples.ts';
import { parsed, SLOW, seeded, testKey } from './support.ts';

jest.setTimeout(SLOW);

/** Whatever strict JSON stands in whatever place: every parser answers with a value or a rejection of a known code. */

const { key } = testKey(2);

function feedback(response: JsonValue): Result<unknown> {
  return verifyFeedbackResponse(response, {
    tenantId: 't',
    requestNonce: 'n',
    keys: () => key,
    now: 1,
    requireBinding: false,
    nonceSeen: () => false,
  });
}

function telemetry(body: JsonValue): Result<unknown> {
  const result = parseTelemetryEnvelope(body);
  if (result.ok) {
    const { payload, campaign_id, execution_hash, operator_id, tenant_id } = result.value;
    expect(contentHash(payload, campaign_id, execution_hash)).toHaveLength(32);
    const normalised = normalisePayload(payload);
    expect(Number.isSafeInteger(normalised.observedAt.ms)).toBe(true);
    fingerprintInputFrom(payload.attributes, operator_id, tenant_id);
    checkSchemaVersion(payload.attributes, ['1.0']);
  }
  return result;
}

function graph(body: JsonValue): Result<unknown> {
  const result = parseExecutionGraph(body);
  if (result.ok) {
    expect(graphAnchors(result.value).anchors.size).toBeGreaterThan(0);
  }
  return result;
}

const response = (): JsonRecord => ({
  data: [adjustment()],
  signature: Buffer.alloc(64).toString('base64'),
  signed_at: 1,
  nonce: 'n',
  kid: 'k',
  schema_version: 'feedback.response.v1',
  signature_algorithm: 'Ed25519',
});

const TARGETS: readonly (readonly [string, (value: JsonValue) => Result<unknown>, () => JsonRecord])[] = [
  ['telemetry', telemetry, telemetryEnvelope],
  ['contract', (contract) => parseContractV2({ schema_version: '2.0', contract_v2: contract }), contractV2],
  ['graph', graph, executionGraph],
  ['query', parseFeedbackQuery, feedbackQuery],
  ['adjustment', parseAdjustment, adjustment],
  ['bundle', parseEvidenceBundle, evidenceBundle],
  ['feedback', feedback, response],
  ['cosignature', parseAuditCosignature, auditCosignature],
  ['JWK set', parseJwkSet, () => ({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k' }] })],
];

/** The text of the sample with one random value of it, at any depth, replaced by random JSON. */
function replaced(sample: JsonRecord, random: () => number): string {
  const marker = '@@here@@';
  const places: [JsonRecord, string][] = [];
  const visit = (at: JsonRecord): void => {
    for (const [name, member] of Object.entries(at)) {
      places.push([at, name]);
      if (typeof member === 'object' && member !== null) {
        visit(member as JsonRecord);
      }
    }
  };
  visit(sample);
  const place = places[Math.floor(random() * places.length)];
  if (place !== undefined) {
    place[0][place[1]] = marker;
  }
  return JSON.stringify(sample).replace(`"${marker}"`, () => jsonText(random));
}

for (const [name, parse, sample] of TARGETS) {
  test(name, () => {
    const random = seeded(42);
    const without: string[] = [];
    for (let i = 0; i < 3_000; i++) {
      const text = i % 10 === 0 ? jsonText(random) : replaced(sample(), random);
      const body: JsonValue | JsonObject = parsed(text);
      const result = parse(body);
      if (!result.ok && !(result.code.length > 0)) without.push(text);
    }
    expect(without).toEqual([]);
  });
}
