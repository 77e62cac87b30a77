import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { contentHash } from '../src/content-hash.ts';
import {
  deriveDefaults,
  executionFingerprint,
  type FingerprintInput,
  fingerprintInputFrom,
} from '../src/execution-fingerprint.ts';
import {
  type ChainedIntent,
  GENESIS,
  type IntentInput,
  intentHash,
  intentId,
  verifyIntentChain,
} from '../src/intents.ts';
import type { JsonObject } from '../src/json-value.ts';
import { expectRejected, parsed, readJson, receivedObject, testWithShared, value } from './support.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const INPUT: FingerprintInput = {
  attestation_measurement_hash: 'a'.repeat(64),
  manifest_hash: 'mh-1',
  operator_id: 'op',
  policy_decision_hash: 'ph-1',
  tenant_id: 'Tenant-A',
  timestamp: '2026-02-26T12:00:00+00:00',
  tool_hash: 'sha256:b',
};

interface Vectors {
  readonly execution_fingerprint: readonly {
    readonly input: FingerprintInput;
    readonly fingerprint: string;
  }[];
  readonly intents: readonly {
    readonly prev: string;
    readonly input: IntentInput;
    readonly intent_hash: string;
  }[];
}

testWithShared('federation-v1: fingerprints and intents', 'vectors/federation-v1.json', (path) => {
  const vectors = readJson<Vectors>(path);
  expect(vectors.execution_fingerprint.length * vectors.intents.length).toBeGreaterThan(0);
  for (const one of vectors.execution_fingerprint) {
    expect(executionFingerprint(one.input)).toBe(one.fingerprint);
  }
  for (const one of vectors.intents) {
    expect(intentHash(one.prev, one.input)).toBe(one.intent_hash);
  }
});

describe('fingerprint', () => {
  test('covers every input verbatim, and nothing else', () => {
    const fingerprint = executionFingerprint(INPUT);
    expect(executionFingerprint({ ...INPUT, extra: 'x' } as FingerprintInput)).toBe(fingerprint);
    for (const name of Object.keys(INPUT) as (keyof FingerprintInput)[]) {
      expect(executionFingerprint({ ...INPUT, [name]: `${INPUT[name]} ` })).not.toBe(fingerprint);
      for (const blank of ['', ' \t', undefined, 1]) {
        expect(() => executionFingerprint({ ...INPUT, [name]: blank } as FingerprintInput)).toThrow(
          expect.objectContaining({ code: 'schema_invalid' }),
        );
      }
    }
  });

  test('is recomputed from an event that carries all inputs, and from no other', () => {
    const attributes = {
      attestation_measurement_hash: INPUT.attestation_measurement_hash,
      manifest_hash: INPUT.manifest_hash,
      policy_decision_hash: INPUT.policy_decision_hash,
      tool_sha256: INPUT.tool_hash,
      fingerprint_timestamp: INPUT.timestamp,
    };
    expect(fingerprintInputFrom(receivedObject(attributes), 'op', 'Tenant-A')).toEqual(INPUT);
    for (const name of Object.keys(attributes)) {
      for (const wrong of [undefined, null, '', ' ', 1, {}]) {
        expect(
          fingerprintInputFrom(receivedObject({ ...attributes, [name]: wrong }), 'op', 'Tenant-A'),
        ).toBeNull();
      }
    }
    expect(fingerprintInputFrom(receivedObject(attributes), ' ', 'Tenant-A')).toBeNull();
  });

  test('defaults as deployed peers derive them', () => {
    const input = {
      eventId: 'e',
      eventType: 'Type',
      timestamp: 't',
      target: 'host',
      actor: 'op',
      status: 'open',
    };
    expect(deriveDefaults(input)).toEqual({
      manifest_hash: `mh-${sha256('e|Type|t')}`,
      tool_hash: `sha256:${sha256('host|Type')}`,
      policy_decision_hash: `ph-${sha256('op|open|host')}`,
      attestation_measurement_hash: sha256('e|t|host|op|attestation'),
    });
  });
});

describe('content hash', () => {
  const payload = (text: string): JsonObject => parsed(text) as JsonObject;
  const base = payload(
    '{"attributes":{"a":1,"intent_id":"i","intent_hash":"h","write_ahead":true},"event_id":"e"}',
  );
  const hash = hex(contentHash(base, 'cmp', 'x'));

  test('is over the compat form without the transport attributes', () => {
    expect(hash).toBe(
      sha256('{"campaign_id":"cmp","execution_hash":"x","payload":{"attributes":{"a":1},"event_id":"e"}}'),
    );
  });
  test('does not change with intents or with the order of members', () => {
    for (const same of [
      '{"attributes":{"a":1},"event_id":"e"}',
      '{"event_id":"e","attributes":{"intent_id":"other","a":1}}',
      ' { "event_id" : "\\u0065" , "attributes" : { "a" : 1 } } ',
    ]) {
      expect(hex(contentHash(payload(same), 'cmp', 'x'))).toBe(hash);
    }
  });
  test('changes with everything else', () => {
    for (const other of [
      '{"attributes":{"a":1.0},"event_id":"e"}',
      '{"attributes":{"a":2},"event_id":"e"}',
      '{"attributes":{"a":1,"b":null},"event_id":"e"}',
      '{"attributes":{"a":1},"event_id":"e","intent_id":"i"}',
      '{"attributes":{"a":1,"n":{"intent_id":"i"}},"event_id":"e"}',
      '{"attributes":{"__proto__":{"a":1}},"event_id":"e"}',
      '{"attributes":{},"event_id":"e"}',
    ]) {
      expect(hex(contentHash(payload(other), 'cmp', 'x'))).not.toBe(hash);
    }
    expect(hex(contentHash(base, 'cmp2', 'x'))).not.toBe(hash);
    expect(hex(contentHash(base, 'cmp', 'y'))).not.toBe(hash);
  });
});

describe('intents', () => {
  function chain(length: number): ChainedIntent[] {
    const intents: ChainedIntent[] = [];
    let prev = GENESIS;
    for (let sequence = 1; sequence <= length; sequence++) {
      const input: IntentInput = {
        dispatch_target: `host-${sequence}`,
        execution_fingerprint: 'fp',
        intent_id: intentId(sequence),
        manifest_hash: 'mh',
        operator_id: 'op',
        policy_decision_hash: 'ph',
        tenant_id: 't',
        timestamp: '2026-02-26T12:00:00Z',
        tool_hash: 'th',
      };
      const intent_hash = intentHash(prev, input);
      intents.push({ prev, input, intent_hash });
      prev = intent_hash;
    }
    return intents;
  }

  test('ids have at least eight digits', () => {
    expect([1, 99_999_999, 100_000_000].map(intentId)).toEqual([
      'intent-00000001',
      'intent-99999999',
      'intent-100000000',
    ]);
    for (const sequence of [0, -1, 1.5, 2 ** 53, Number.NaN]) {
      expect(() => intentId(sequence)).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
    }
  });

  test('a whole chain, a stretch of it, and none', () => {
    const intents = chain(5);
    expect(value(verifyIntentChain(intents))).toEqual({ count: 5, head: intents[4]?.intent_hash });
    expect(value(verifyIntentChain([]))).toEqual({ count: 0, head: GENESIS });
    const from = { prev: intents[1]?.intent_hash ?? '', sequence: 2 };
    expect(value(verifyIntentChain(intents.slice(2), from)).count).toBe(3);
  });

  const tampered: readonly (readonly [string, (intents: ChainedIntent[]) => ChainedIntent[], string])[] = [
    ['removed at the start', (all) => all.slice(1), '/0'],
    ['removed in the middle', (all) => all.filter((_, i) => i !== 2), '/2'],
    ['re-ordered', (all) => [...all.slice(0, 2), ...all.slice(2).reverse()], '/2'],
    ['repeated', (all) => [...all, ...all.slice(-1)], '/5'],
    [
      'another hash',
      (all) => all.map((one, i) => (i === 3 ? { ...one, intent_hash: 'f'.repeat(64) } : one)),
      '/3',
    ],
    ['another prev', (all) => all.map((one, i) => (i === 3 ? { ...one, prev: GENESIS } : one)), '/3'],
  ];
  for (const [name, tamper, path] of tampered) {
    test(`tampering is found: ${name}`, () => {
      expectRejected(verifyIntentChain(tamper(chain(5))), 'audit_fork_detected', path);
    });
  }

  test('every member of an intent is covered', () => {
    const intents = chain(3);
    for (const member of Object.keys(intents[1]?.input ?? {})) {
      const changed = intents.map((one, i) =>
        i === 1 ? { ...one, input: { ...one.input, [member]: 'other' } } : one,
      );
      expectRejected(verifyIntentChain(changed), 'audit_fork_detected', '/1');
    }
  });

  test('a re-hashed intent is found by the next one', () => {
    const intents = chain(3).map((one, i) => {
      const input = { ...one.input, operator_id: 'other' };
      return i === 1 ? { prev: one.prev, input, intent_hash: intentHash(one.prev, input) } : one;
    });
    expectRejected(verifyIntentChain(intents), 'audit_fork_detected', '/2');
  });
});
