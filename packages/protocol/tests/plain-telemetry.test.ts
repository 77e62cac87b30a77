import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkSchema } from '../src/check-schema.ts';
import type { JsonObject, JsonValue } from '../src/json-value.ts';
import { NumberLexeme } from '../src/json-value.ts';
import { isPlainEnvelope, isPlainItem } from '../src/plain-telemetry.ts';
import { telemetryBatchItemSchema } from '../src/telemetry-batch-schema.ts';
import { telemetryEnvelopeSchema } from '../src/telemetry-schema.ts';
import { telemetryEnvelope } from './samples.ts';
import { receivedObject } from './support.ts';

type Tree = Record<string, unknown>;

const PLACES = [
  [],
  ['signed_metadata'],
  ['payload'],
  ['payload', 'mitre_techniques'],
  ['payload', 'mitre_tactics'],
  ['payload', 'attributes'],
] as const;

const NAMES = [
  ...['operator_id', 'campaign_id', 'tenant_id', 'execution_hash', 'timestamp', 'nonce', 'signed_metadata'],
  ...['payload', 'event_id', 'event_type', 'source_system', 'severity', 'observed_at', 'mitre_techniques'],
  ...['mitre_tactics', 'description', 'attributes', '0', '1', 'items', '__proto__', 'constructor'],
];

/** What is nearly right is what two checks could judge differently. */
const values = fc.oneof(
  fc.jsonValue().map((value) => value as unknown),
  fc.constantFrom<unknown>(
    ...[
      'T1059',
      ' t1059.001 ',
      'T1059.1',
      'TA0001',
      'HIGH',
      ' low\n',
      'severe',
      'a'.repeat(64),
      'A'.repeat(65),
    ],
    ...['', '\u0000', 'a\u0000', '\ud83d\ude00'.repeat(64), '\ud83d\ude00'.repeat(65), 'é', 'a b'],
    ...['2026-11-25T10:00:00Z', '2026-02-30T10:00:00Z', '1790000000', '2026-11-25T23:59:60Z', '2026-11-25'],
    ...[
      '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
      '7F3C2A10-4F5E-4C1D-9B8A-2D6E0C9A1B55',
      'n-0123456',
      'n|0123456',
    ],
    ...[0, -1, -0, 1.5, 999_999_999_999, 1_000_000_000_000, 2 ** 53, null, true, [], {}, ['T1059'], [1]],
    ...[
      new NumberLexeme('1.0'),
      new NumberLexeme('1e3'),
      new NumberLexeme('9007199254740993'),
      ['TA0001', 'TA9'],
    ],
    ...[Array(32).fill('T1059'), Array(33).fill('T1059'), 'd'.repeat(2048), 'd'.repeat(2049)],
  ),
);

const changes = fc.array(
  fc.record({
    place: fc.constantFrom(...PLACES),
    name: fc.constantFrom(...NAMES),
    value: fc.option(values, { nil: undefined, freq: 6 }),
  }),
  { maxLength: 3 },
);

function change(
  root: Tree,
  list: readonly { place: readonly string[]; name: string; value: unknown }[],
): void {
  for (const { place, name, value } of list) {
    let at: unknown = root;
    for (const step of place) at = typeof at === 'object' && at !== null ? (at as Tree)[step] : undefined;
    if (typeof at !== 'object' || at === null || at instanceof NumberLexeme) continue;
    if (value === undefined) delete (at as Tree)[name];
    else Object.defineProperty(at, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** As the parser would have made it: nothing inherited. */
function sample(): JsonObject {
  return receivedObject(telemetryEnvelope());
}

describe('the check without the schema', () => {
  test('takes what an honest agent sends', () => {
    const envelope = sample();
    const { execution_hash, payload } = envelope as { [name: string]: JsonValue };
    expect(isPlainEnvelope(envelope)).toBe(true);
    expect(isPlainItem({ execution_hash, payload } as JsonObject)).toBe(true);
  });

  test('never says yes where the schema says no', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const envelope = sample();
        change(envelope as unknown as Tree, list);
        if (isPlainEnvelope(envelope)) expect(checkSchema(telemetryEnvelopeSchema, envelope).ok).toBe(true);
        const { execution_hash, payload, items } = envelope as { [name: string]: JsonValue };
        const item = { execution_hash, payload, ...(items === undefined ? {} : { items }) } as JsonObject;
        if (isPlainItem(item)) expect(checkSchema(telemetryBatchItemSchema, item).ok).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('says yes where the schema does, so that it is worth having', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const envelope = sample();
        change(envelope as unknown as Tree, list);
        // A member named __proto__ is refused before the schema looks (checkSchema).
        if (checkSchema(telemetryEnvelopeSchema, envelope).ok) expect(isPlainEnvelope(envelope)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
