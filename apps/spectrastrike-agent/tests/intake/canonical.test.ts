import { describe, expect, it } from '@jest/globals';
import {
  canonicalizeCompat,
  contentHash,
  executionFingerprint,
  fingerprintInputFrom,
  type JsonObject,
} from '@nyxera/federation-protocol';
import { type BuildContext, type BuiltEvents, buildEvents } from '../../src/intake/index.ts';
import { bytesOf, CONTEXT } from './context.ts';
import { fixtureFiles, sharedFiles } from './real-files.ts';

const EVENT = {
  event_id: 'e-1',
  event_type: 'EXECUTION',
  source_system: 'c2',
  severity: ' High',
  observed_at: '2026-01-01T00:00:00.123456789+02:00',
  mitre_techniques: [' t1059.001'],
  attributes: { asset_ref: 'host-1' },
};

function build(...events: readonly unknown[]): BuiltEvents {
  const text = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event))).join('\n');
  return buildEvents({ name: 'r', bytes: bytesOf(text) }, CONTEXT);
}

function attributesOf(built: BuiltEvents, index = 0): JsonObject {
  return (built.events[index]?.payload.attributes ?? {}) as JsonObject;
}

describe('canonical events', () => {
  it('keep their id, time and target, and get what only the agent knows', () => {
    const built = build(EVENT);
    expect(built.faults).toEqual([]);
    expect(built.events[0]).toMatchObject({
      eventId: 'e-1',
      observedAt: EVENT.observed_at,
      fingerprintTimestamp: EVENT.observed_at,
      assetRef: 'host-1',
      targetUrn: 'host-1',
      payload: { severity: 'high', mitre_techniques: ['T1059.001'], mitre_tactics: ['TA0002'] },
    });
    expect(attributesOf(built)).toMatchObject({ schema_version: '1.0', attestation_synthetic: false });
    expect(attributesOf(built)).not.toHaveProperty('target_urn');
  });

  it('are the same alone and among others, as lines, array or one object', () => {
    const other = { ...EVENT, event_id: 'e-2', attributes: { asset_ref: 'https://u:p@h' } };
    const third = { ...other, event_id: 'e-3', attributes: { asset_ref: 'https://u:q@h' } };
    const lines = build(EVENT, other, third);
    const array = buildEvents(
      { name: 'r', bytes: bytesOf(JSON.stringify([third, EVENT], null, 2)) },
      CONTEXT,
    );
    const alone = buildEvents({ name: 'r', bytes: bytesOf(JSON.stringify(third, null, 2)) }, CONTEXT);
    expect(array.events[1]).toEqual(lines.events[0]);
    expect(array.events[0]).toEqual(lines.events[2]);
    expect(alone.events[0]).toEqual(lines.events[2]);
    expect(lines.events[1]?.assetRef).not.toBe(lines.events[2]?.assetRef);
  });

  it('keep what they measured themselves', () => {
    const own = {
      attestation_measurement_hash: 'C'.repeat(64),
      manifest_hash: 'mh-own',
      tool_sha256: 'sha256:own',
      policy_decision_hash: 'ph-own',
      fingerprint_timestamp: '2026-01-01T00:00:00Z',
      schema_version: '2.0',
    };
    const built = build({ ...EVENT, attributes: { ...own, asset_ref: 'x' } });
    expect(attributesOf(built)).toMatchObject({ ...own, derived_measurements: [] });
    expect(built.events[0]).toMatchObject({
      attestationMeasurementHash: 'C'.repeat(64),
      manifestHash: 'mh-own',
      toolHash: 'sha256:own',
    });
  });

  it('name what was derived because nobody measured it, and cannot claim otherwise', () => {
    const derived = attributesOf(build({ ...EVENT, attributes: { derived_measurements: [] } }));
    expect(derived.derived_measurements).toEqual(['policy_decision_hash', 'tool_sha256']);
    const stated = attributesOf(build({ ...EVENT, attributes: { tool_sha256: 'sha256:own' } }));
    expect(stated.derived_measurements).toEqual(['policy_decision_hash']);
  });

  it('cannot bring an intent, a fingerprint or a mapping of their own', () => {
    const forged = {
      intent_id: 'intent-1',
      intent_hash: 'x',
      write_ahead: true,
      execution_fingerprint: 'f',
      mapping_version: '99',
      redactions: {},
      mitre_basis: [],
    };
    const attributes = attributesOf(build({ ...EVENT, attributes: { ...forged } }));
    for (const name of ['intent_id', 'intent_hash', 'write_ahead']) {
      expect(attributes).not.toHaveProperty(name);
    }
    expect(attributes.execution_fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(attributes.mapping_version).not.toBe('99');
  });

  it('are refused with the member and its rule', () => {
    const faults = (change: object): unknown =>
      build({ ...EVENT, ...change }).faults.map(({ where, expected }) => [where, expected]);
    expect(faults({ severity: 'urgent' })).toEqual([
      ['line 1, severity', 'one of info, low, medium, high, critical'],
    ]);
    expect(faults({ observed_at: 'yesterday' })).toEqual([
      ['line 1, observed_at', 'an RFC 3339 date-time or Unix seconds'],
    ]);
    expect(faults({ mitre_techniques: [] })).toEqual([
      ['line 1, mitre_techniques', '1..32 ATT&CK technique ids such as T1059 or T1059.001'],
    ]);
    expect(faults({ mitre_techniques: ['T1', 'x'] })).toEqual([
      ['line 1, mitre_techniques/0', '1..32 ATT&CK technique ids such as T1059 or T1059.001'],
    ]);
    expect(faults({ extra: 1 })).toEqual([
      ['line 1', 'the object has a member that the schema does not know'],
    ]);
    expect(faults({ attributes: [] })).toEqual([['line 1, attributes', 'an object']]);
    expect(faults({ attributes: { asset_ref: 7 } })).toEqual([
      ['line 1, attributes/asset_ref', 'a string of 1..512 characters, or nothing'],
    ]);
    expect(faults({ event_id: `AKIA${'ABCDEFGHIJKLMNOP'}` })).toEqual([
      ['line 1, event_id', 'a name that does not look like a secret'],
    ]);
    expect(faults({ attributes: { blob: 'é'.repeat(200_000) } })).toEqual([
      ['line 1', expect.stringContaining('an event of at most')],
    ]);
  });

  it('one id, two contents: the first stands, the second is a fault', () => {
    const built = build(EVENT, { ...EVENT, severity: 'low' }, EVENT);
    expect(built.events).toHaveLength(2);
    expect(built.faults).toEqual([
      {
        file: 'r',
        code: 'event_id_repeated',
        where: 'line 2, event_id',
        expected: expect.stringContaining('line 1'),
      },
    ]);
  });

  it('integers beyond 2^53 and the difference of 1 and 1.0 survive', () => {
    const built = build(
      `${JSON.stringify(EVENT).replace('"attributes":{', '"attributes":{"n":-9214364837600034816,"d":1.0,"i":1,')}`,
    );
    expect(canonicalizeCompat(built.events[0]?.payload ?? {})).toMatch(
      /"d":1\.0,.*"i":1,.*"n":-9214364837600034816/,
    );
  });

  it('flags unknown and deprecated techniques and impossible pairs', () => {
    const built = build({
      ...EVENT,
      mitre_techniques: ['T1043', 'T9999', 'T1002'],
      mitre_tactics: ['TA0001', 'TA9999'],
    });
    expect(attributesOf(built)).toMatchObject({
      mitre_flags: {
        T1043: 'deprecated',
        T9999: 'unknown',
        TA0001: expect.stringContaining('impossible pair'),
        TA9999: 'unknown',
      },
      mitre_replaced: { T1002: 'T1560' },
    });
    expect(built.events[0]?.payload.mitre_techniques).toEqual(['T1043', 'T9999', 'T1560']);
  });
});

describe('what the gateway recomputes', () => {
  const files = [...fixtureFiles(), ...sharedFiles()];

  it('the fingerprint, from the attributes of every event', () => {
    for (const file of files) {
      for (const { payload, executionHash } of buildEvents(file, CONTEXT).events) {
        const input = fingerprintInputFrom(
          payload.attributes as JsonObject,
          CONTEXT.operatorId,
          CONTEXT.tenantId,
        );
        expect(input).not.toBeNull();
        expect(input === null ? '' : executionFingerprint(input)).toBe(executionHash);
      }
    }
  });

  it('the content does not depend on the clock where the report has a time', () => {
    const later: BuildContext = { ...CONTEXT, recordedAt: '2030-01-01T00:00:00Z' };
    const timed = files.filter(
      ({ name }) => name.startsWith('nmap/') || name === 'fixtures/nmap-loopback.xml',
    );
    for (const file of timed) {
      const now = buildEvents(file, CONTEXT).events;
      const then = buildEvents(file, later).events;
      now.forEach((event, index) => {
        const other = then[index] ?? event;
        expect(contentHash(event.payload, 'c', event.executionHash)).toEqual(
          contentHash(other.payload, 'c', other.executionHash),
        );
      });
    }
  });
});
