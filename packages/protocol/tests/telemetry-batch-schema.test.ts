import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { decodeSignature } from '../src/base64.ts';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import { importPublicKey, verifyEd25519 } from '../src/ed25519.ts';
import { isJsonObject, type JsonValue } from '../src/json-value.ts';
import {
  MAX_BATCH_ITEMS,
  parseBatchEnvelope,
  parseBatchItem,
  parseTelemetryEnvelope,
} from '../src/schemas.ts';
import { requestSignatureInput } from '../src/signature-input.ts';
import { breaks, integerRules, long, notText, required, strictAt, textRules } from './breakages.ts';
import { jsonText } from './json-text.ts';
import { changed, type Json, type JsonRecord, telemetryEnvelope } from './samples.ts';
import {
  expectRejected,
  parsed,
  readJson,
  received,
  receivedObject,
  SLOW,
  seeded,
  value,
} from './support.ts';

jest.setTimeout(SLOW);

function item(): JsonRecord {
  const { execution_hash = null, payload = null } = telemetryEnvelope();
  return { execution_hash, payload };
}

function batch(items: Json[] = [item()]): JsonRecord {
  const { execution_hash: _hash, payload: _payload, ...shared } = telemetryEnvelope();
  return { ...shared, items };
}

const envelope = value(parseBatchEnvelope(received(batch())));

describe('envelope: what refuses the whole', () => {
  breaks(parseBatchEnvelope, batch, 'schema_invalid', [
    ...required(
      ...['/operator_id', '/campaign_id', '/tenant_id', '/timestamp', '/nonce', '/signed_metadata', '/items'],
    ),
    ...strictAt('', '/signed_metadata'),
    ...textRules('/operator_id', 128),
    ...textRules('/campaign_id', 128),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...[...notText, '', 'short77', long(129)].map((bad) => ['/nonce', bad] as const),
    ...([null, 1, 'x', {}, [], Array(MAX_BATCH_ITEMS + 1).fill(0)] as Json[]).map(
      (bad) => ['/items', bad] as const,
    ),
  ]);

  test('a single event is no batch, and a batch no single event', () => {
    expectRejected(parseBatchEnvelope(received(telemetryEnvelope())), 'schema_invalid', '/items');
    expectRejected(parseTelemetryEnvelope(received(batch())), 'schema_invalid', '/execution_hash');
  });

  test('1 to 1000 items, whatever they are; the value comes back as it was', () => {
    for (const items of [[null], Array(MAX_BATCH_ITEMS).fill(item()) as Json[]]) {
      const body = received(batch(items));
      expect(value(parseBatchEnvelope(body))).toBe(body);
    }
  });
});

describe('items: each on its own', () => {
  const rejected: readonly (readonly [string, Json, string, string | null])[] = [
    ['null', null, '', null],
    ['a number', 1.5, '', null],
    ['text', 'x', '', null],
    ['an array', [item()], '', null],
    ['an empty object', {}, '/execution_hash', null],
    ['an unknown member', { ...item(), operator_id: 'op-001' }, '', 'evt-1'],
    ['a bad member', changed(item(), '/payload/severity', 'severe'), '/payload/severity', 'evt-1'],
    ['an event id that is none', changed(item(), '/payload/event_id', 'a b'), '/payload/event_id', null],
    [
      'an event id that is too long',
      changed(item(), '/payload/event_id', long(129)),
      '/payload/event_id',
      null,
    ],
    [
      'no attestation',
      changed(item(), '/payload/attributes', {}),
      '/payload/attributes/attestation_measurement_hash',
      'evt-1',
    ],
  ];
  test.each(rejected)('%s', (_about, bad, path, eventId) => {
    const judged = parseBatchItem(envelope, received(bad as JsonRecord));
    expect(judged).toMatchObject({ ok: false, code: 'schema_invalid', path, eventId });
  });

  test('what is accepted is the envelope that it would have been alone, its payload the very one received', () => {
    const one = received(item());
    const judged = value(parseBatchItem(envelope, one));
    expect(judged).toEqual(received(telemetryEnvelope()));
    expect(judged.payload).toBe(isJsonObject(one) ? one.payload : null);
  });

  test('an item is judged in a batch as alone, whatever is in it, and nothing is thrown', () => {
    const random = seeded(20_260_226);
    let bad = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const mutated = mutate(random);
      const judged = parseBatchItem(envelope, mutated);
      if (!judged.ok) bad += 1;
      if (!isJsonObject(mutated)) {
        expect(judged).toMatchObject({ ok: false, path: '' });
        continue;
      }
      const { items: _, ...shared } = envelope;
      const alone = parseTelemetryEnvelope({ ...shared, ...mutated } as JsonValue);
      expect([judged.ok, judged.ok ? null : [judged.code, judged.path]]).toEqual([
        alone.ok,
        alone.ok ? null : [alone.code, alone.path],
      ]);
    }
    expect(bad).toBeGreaterThan(1_000);
    expect(bad).toBeLessThan(3_000);
  });

  test('no JSON whatever makes the envelope or an item throw', () => {
    const random = seeded(7);
    for (let round = 0; round < 2_000; round += 1) {
      const any = parsed(jsonText(random));
      const whole = parseBatchEnvelope({ ...receivedObject(batch()), items: any });
      expect(whole.ok || whole.code === 'schema_invalid').toBe(true);
      parseBatchEnvelope(any);
      parseBatchItem(envelope, any);
    }
  });
});

/** A good item, one of whose members, at any depth, is replaced by any JSON or taken away. */
function mutate(random: ReturnType<typeof seeded>): JsonValue {
  const any = parsed(jsonText(random));
  const pointers = [
    ...['/execution_hash', '/payload', '/payload/event_id', '/payload/severity', '/payload/attributes'],
    ...['/payload/mitre_techniques', '/payload/description', '/payload/observed_at', '/payload/extra'],
    ...['/payload/attributes/anything', '/payload/attributes/attestation_measurement_hash', '/extra'],
  ];
  const pick = Math.floor(random() * (pointers.length + 1));
  const pointer = pointers[pick];
  if (pointer === undefined) return any;
  const text = canonicalizeCompat(any);
  const marked = canonicalizeCompat(received(changed(item(), pointer, '@@@')));
  return parsed(marked.replace('"@@@"', () => text));
}

describe('the committed vectors', () => {
  interface Vectors {
    readonly key: string;
    readonly request: {
      readonly timestamp: number;
      readonly nonce: string;
      readonly body: string;
      readonly signature: string;
    };
    readonly items: readonly {
      readonly event_id: string | null;
      readonly code?: string;
      readonly path?: string;
    }[];
    readonly rejected: readonly { readonly body: string; readonly code: string; readonly path: string }[];
  }
  const path = fileURLToPath(new URL('../vectors/batch.json', import.meta.url));
  const vectors = readJson<Vectors>(path);

  test('one signature covers the batch; every item comes to what it says', () => {
    const { timestamp, nonce, body, signature } = vectors.request;
    const key = value(importPublicKey(vectors.key));
    const message = requestSignatureInput(timestamp, nonce, Buffer.from(body));
    expect(verifyEd25519(key, message, decodeSignature(signature) ?? new Uint8Array())).toBe(true);
    const whole = value(parseBatchEnvelope(parsed(body)));
    expect(whole.items).toHaveLength(vectors.items.length);
    for (const [index, expected] of vectors.items.entries()) {
      const judged = parseBatchItem(whole, whole.items[index] ?? null);
      const { event_id: id, code, path: at } = expected;
      expect(
        judged.ok ? [judged.value.payload.event_id] : [judged.eventId, judged.code, judged.path],
      ).toEqual(code === undefined ? [id] : [id, code, at]);
    }
  });

  test('envelope faults refuse the whole', () => {
    for (const one of vectors.rejected) {
      expectRejected(parseBatchEnvelope(parsed(one.body)), one.code, one.path);
    }
  });
});
