import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import { elementValues, endOfValue, memberValue, NOWHERE } from '../src/compact-walk.ts';
import { contentHash, contentHashOfCompat } from '../src/content-hash.ts';
import type { JsonObject, JsonValue } from '../src/json-value.ts';
import { parseStrictJson } from '../src/strict-json.ts';
import { codePoint } from './support.ts';

/** Values that have a compat form whatever they are: no double, which a JS number cannot tell from an integer. */
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, false, '}', '{"', '\\', '"intent_id":"x"', {}, []),
    fc.maxSafeInteger(),
    fc.string({ unit: codePoint }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const NAMES = ['intent_id', 'intent_hash', 'write_ahead', 'attributes', 'payload', 'a"b', '\u{1f600}', 'z'];

/** Attributes that hold, and do not hold, the names that are left out, at their own level and deeper. */
const attributes = fc
  .dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), anyValue, { noNullPrototype: true })
  .map((members) => members as JsonObject);

function compatBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalizeCompat(value));
}

describe('the content hash of bytes in the compat form', () => {
  test('is that of the value, whatever the attributes hold', () => {
    fc.assert(
      fc.property(attributes, fc.string(), fc.string(), (held, campaign, execution) => {
        const payload = { attributes: held, description: ',"payload":{', event_id: 'e' };
        const text = canonicalizeCompat({ campaign_id: campaign, payload, timestamp: 1 });
        const read = parseStrictJson(new TextEncoder().encode(text));
        if (!read.ok) throw new Error('the compat form is strict JSON');
        const received = (read.value as JsonObject).payload as JsonObject;
        const bytes = new TextEncoder().encode(text);
        expect(contentHashOfCompat(bytes, memberValue(bytes, 0, 'payload'), campaign, execution)).toEqual(
          contentHash(received, campaign, execution),
        );
      }),
    );
  });

  test('keeps every other member where the first, the last or all of the attributes are left out', () => {
    for (const held of [
      { intent_hash: 'h' },
      { intent_hash: 'h', intent_id: 'i', write_ahead: true },
      { a: 1, intent_hash: 'h', intent_id: 'i', z: 2 },
      { a: 1, write_ahead: { intent_id: 1 } },
      { intent_id: 'i', z: { intent_id: 'i' } },
    ]) {
      const payload = { attributes: held, event_id: 'e' };
      const bytes = compatBytes({ payload });
      expect(contentHashOfCompat(bytes, memberValue(bytes, 0, 'payload'), 'c', 'x')).toEqual(
        contentHash(payload, 'c', 'x'),
      );
    }
  });
});

describe('a walk over compact JSON', () => {
  test('finds elements and members exactly where its parser reads them', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 6 }), (values) => {
        const bytes = compatBytes({ before: 'x', items: values, payload: 0 });
        const texts = elementValues(bytes, memberValue(bytes, 0, 'items')).map((start) =>
          new TextDecoder().decode(bytes.subarray(start, endOfValue(bytes, start))),
        );
        expect(texts).toEqual(values.map((value) => canonicalizeCompat(value)));
        expect(bytes[memberValue(bytes, 0, 'payload')]).toBe(0x30);
        expect(memberValue(bytes, 0, 'before_')).toBe(NOWHERE);
      }),
    );
  });

  test('ends, and near the end of the bytes at the latest, whatever the bytes are', () => {
    const compact = fc.json().map((text) => new TextEncoder().encode(text));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), compact), (bytes) => {
        for (const at of [0, 1, bytes.length]) {
          expect(memberValue(bytes, at, 'payload')).toBeLessThanOrEqual(bytes.length + 1);
          for (const start of elementValues(bytes, at)) expect(start).toBeLessThanOrEqual(bytes.length);
          expect(contentHashOfCompat(bytes, at, 'c', 'x')).toHaveLength(32);
        }
      }),
    );
  });
});
