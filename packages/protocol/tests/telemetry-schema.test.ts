import { describe, expect, test } from '@jest/globals';
import { checkSchemaVersion, normalisePayload, parseTelemetryEnvelope } from '../src/schemas.ts';
import { breaks, integerRules, long, notText, required, strictAt, textRules } from './breakages.ts';
import { changed, HASH, type Json, telemetryEnvelope } from './samples.ts';
import { expectRejected, parsed, received, receivedObject, value } from './support.ts';

describe('envelope', () => {
  breaks(parseTelemetryEnvelope, telemetryEnvelope, 'schema_invalid', [
    ...required(
      ...['/operator_id', '/campaign_id', '/tenant_id', '/execution_hash', '/timestamp', '/nonce'],
      ...['/signed_metadata', '/payload', '/signed_metadata/tenant_id', '/signed_metadata/operator_id'],
      '/signed_metadata/campaign_id',
    ),
    ...strictAt('', '/signed_metadata', '/payload'),
    ...textRules('/operator_id', 128),
    ...textRules('/campaign_id', 128),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...[
      '',
      'x',
      'g'.repeat(36),
      '10000000-0000-0000-0000-00000000000',
      '10000000-0000-0000-0000-0000000000000',
    ].map((bad) => ['/tenant_id', bad] as const),
    ...[...notText, '', long(64), 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(64)}\n`].map(
      (bad) => ['/execution_hash', bad] as const,
    ),
    ...[...notText, '', 'short77', long(129), 'nonce with space', 'nonce|pipe', 'nönce-00000'].map(
      (bad) => ['/nonce', bad] as const,
    ),
    ...[null, 1, [], 'x'].map((bad) => ['/signed_metadata', bad] as const),
    ...[null, 1].map((bad) => ['/signed_metadata/tenant_id', bad] as const),
    ...[null, 1, 2.5, [], 'x'].map((bad) => ['/payload', bad] as const),
  ]);
});

describe('payload', () => {
  const bad = (pointer: string, ...values: readonly Json[]) =>
    values.map((one) => [`/payload/${pointer}`, one] as const);
  breaks(parseTelemetryEnvelope, telemetryEnvelope, 'schema_invalid', [
    ...required(
      ...[
        'event_id',
        'event_type',
        'source_system',
        'severity',
        'observed_at',
        'mitre_techniques',
        'attributes',
      ].map((name) => `/payload/${name}`),
      '/payload/attributes/attestation_measurement_hash',
    ),
    ...bad('event_id', ...notText, '', long(129), 'a b', 'é', 'a/b', 'a\n'),
    ...bad('event_type', ...notText, '', long(65), 'a b', 'é'),
    ...bad('source_system', ...notText, '', long(65), 'a b', 'é'),
    ...bad('severity', ...notText, '', 'severe', 'hi gh', 'high!'),
    ...bad(
      'observed_at',
      ...notText,
      '',
      'yesterday',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-02-26',
    ),
    ...bad(
      'observed_at',
      '2026-02-26T24:00:00Z',
      '2026-02-26T23:60:00Z',
      '2026-12-31T12:00:60Z',
      '2026-12-31T23:59:60+01:00',
      '2026-02-26T23:00:61Z',
      '1234567890123',
    ),
    ...bad(
      'observed_at',
      '2026-02-26T23:00:00+24:00',
      '2026-02-26T23:00:00+00:60',
      '2026-02-26T23:00:00+0000',
      '-1',
    ),
    ...bad('mitre_techniques', ...[null, 1, 'T1000', {}, []], Array(33).fill('T1000')),
    ...bad('mitre_tactics', ...[null, 1, 'TA0001', {}], Array(33).fill('TA0001')),
    ...bad('description', null, 1, [], long(2049)),
    ...bad('attributes', null, 1, 'x', []),
    ...bad(
      'attributes/attestation_measurement_hash',
      ...notText,
      '',
      long(64),
      'a'.repeat(63),
      'a'.repeat(65),
    ),
    ['/payload/mitre_techniques', ['T1000', 'T100'], '/payload/mitre_techniques/1'],
    ['/payload/mitre_techniques', ['T1000.1'], '/payload/mitre_techniques/0'],
    ['/payload/mitre_techniques', ['T1000', 1], '/payload/mitre_techniques/1'],
    ['/payload/mitre_tactics', ['T0001'], '/payload/mitre_tactics/0'],
  ]);

  test('number tokens that are no integers are refused where an integer is wanted', () => {
    const text = JSON.stringify(telemetryEnvelope());
    for (const token of ['1772107200.0', '1.7721072e9', '9007199254740993', '-1']) {
      expectRejected(
        parseTelemetryEnvelope(parsed(text.replace('1772107200', token))),
        'schema_invalid',
        '/timestamp',
      );
    }
  });

  test('a number token is no object and no text', () => {
    const text = JSON.stringify(telemetryEnvelope());
    const cut = text.slice(0, text.indexOf('"payload":'));
    expectRejected(parseTelemetryEnvelope(parsed(`${cut}"payload":1.0}`)), 'schema_invalid', '/payload');
    expectRejected(
      parseTelemetryEnvelope(parsed(text.replace(/"signed_metadata":\{[^}]*\}/, '"signed_metadata":1e5'))),
      'schema_invalid',
      '/signed_metadata',
    );
    expectRejected(
      parseTelemetryEnvelope(parsed(text.replace('"evt-1"', '1.5'))),
      'schema_invalid',
      '/payload/event_id',
    );
  });

  test('a __proto__ member is an unknown member', () => {
    const text = JSON.stringify(telemetryEnvelope());
    for (const [at, path] of [
      ['"operator_id"', ''],
      ['"event_id"', '/payload'],
    ] as const) {
      const evil = parsed(text.replace(at, `"__proto__":{"operator_id":"x"},${at}`));
      expectRejected(parseTelemetryEnvelope(evil), 'schema_invalid', path);
    }
  });

  test('what is no object is refused as a whole', () => {
    for (const text of ['null', '1', '1.5', '"x"', '[]', 'true', '{}']) {
      expectRejected(
        parseTelemetryEnvelope(parsed(text)),
        'schema_invalid',
        text === '{}' ? '/operator_id' : '',
      );
    }
  });
});

describe('accepted at the limits', () => {
  const cases: readonly (readonly [string, Json | undefined])[] = [
    ['/operator_id', '😀'.repeat(128)],
    ['/campaign_id', long(128)],
    ['/timestamp', 0],
    ['/timestamp', 999_999_999_999],
    ['/nonce', 'A.z_0:~+/=-'],
    ['/execution_hash', 'aB'.repeat(32)],
    ['/tenant_id', 'ABCDEF00-0000-0000-0000-00000000000f'],
    ['/payload/event_id', `A.z_0:-${long(121)}`],
    ['/payload/severity', '\tINFO\n'],
    ['/payload/observed_at', '2024-02-29T23:59:60Z'],
    ['/payload/observed_at', '2026-02-26t12:00:00.123456789z'],
    ['/payload/observed_at', '2026-02-26 12:00:00'],
    ['/payload/observed_at', '1772107200'],
    ['/payload/mitre_techniques', Array(32).fill('T1059.001') as Json[]],
    ['/payload/mitre_tactics', []],
    ['/payload/mitre_tactics', undefined],
    ['/payload/description', undefined],
    ['/payload/description', '😀'.repeat(2048)],
    ['/payload/description', ''],
    ['/signed_metadata/operator_id', ''],
  ];
  for (const [pointer, accepted] of cases) {
    test(`${pointer} ${JSON.stringify(accepted)?.slice(0, 40)}`, () => {
      value(parseTelemetryEnvelope(received(changed(telemetryEnvelope(), pointer, accepted))));
    });
  }

  test('what comes back is the very value that was received', () => {
    const body = received(telemetryEnvelope());
    expect(value(parseTelemetryEnvelope(body))).toBe(body);
  });
});

describe('normalisation', () => {
  const normalised = (...change: readonly [] | readonly [pointer: string, replacement: Json | undefined]) => {
    const [pointer = '/payload/description', replacement] = change;
    const body = received(changed(telemetryEnvelope(), pointer, replacement));
    return normalisePayload(value(parseTelemetryEnvelope(body)).payload);
  };

  test('case and white space', () => {
    expect(normalised()).toEqual({
      severity: 'high',
      techniques: ['T1046', 'T1059.001'],
      tactics: ['TA0007'],
      observedAt: { text: '2026-02-26T12:00:00+00:00', ms: Date.UTC(2026, 1, 26, 12), assumed: false },
      assetRef: 'host-a',
      targetUrn: null,
      attestationMeasurementHash: HASH,
      attestationSynthetic: false,
      schemaVersion: '1.0',
      intentId: null,
    });
    expect(normalised('/payload/attributes/attestation_measurement_hash', HASH.toUpperCase())).toMatchObject({
      attestationMeasurementHash: HASH,
    });
    expect(normalised('/payload/attributes/attestation_synthetic', true).attestationSynthetic).toBe(true);
    expect(normalised('/payload/attributes/attestation_synthetic', 'true').attestationSynthetic).toBe(false);
    expect(normalised('/payload/attributes/asset_ref', 7).assetRef).toBeNull();
    expect(normalised('/payload/attributes/asset_ref', long(513)).assetRef).toBeNull();
    expect(normalised('/payload/attributes/target_urn', 'a\u0000').targetUrn).toBeNull();
    expect(normalised('/payload/attributes/target_urn', '😀'.repeat(512)).targetUrn).toBe('😀'.repeat(512));
    expect(normalised('/payload/attributes/target_urn', 'urn:target:x').targetUrn).toBe('urn:target:x');
    expect(normalised('/payload/mitre_tactics', undefined).tactics).toEqual([]);
  });

  const instants: readonly (readonly [string, number, boolean])[] = [
    ['2026-02-26T12:00:00+05:30', Date.UTC(2026, 1, 26, 6, 30), false],
    ['2026-02-26T12:00:00-05:30', Date.UTC(2026, 1, 26, 17, 30), false],
    ['2026-02-26T12:00:00.5Z', Date.UTC(2026, 1, 26, 12, 0, 0, 500), false],
    ['2026-02-26T12:00:00.123999Z', Date.UTC(2026, 1, 26, 12, 0, 0, 123), false],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1), false],
    ['2026-12-31T15:59:60-08:00', Date.UTC(2027, 0, 1), false],
    ['2027-01-01T01:59:60+02:00', Date.UTC(2027, 0, 1), false],
    ['0099-01-01T00:00:00Z', -59_042_995_200_000, false],
    ['2026-02-26T12:00:00', Date.UTC(2026, 1, 26, 12), true],
    ['1772107200', 1_772_107_200_000, true],
  ];
  for (const [text, ms, assumed] of instants) {
    test(`${text} is read`, () => {
      expect(normalised('/payload/observed_at', text).observedAt).toEqual({ text, ms, assumed });
    });
  }
});

describe('schema version', () => {
  const path = '/payload/attributes/schema_version';
  test('missing, blank or of another type', () => {
    for (const attributes of [{}, { schema_version: null }, { schema_version: 1 }, { schema_version: ' ' }]) {
      expectRejected(checkSchemaVersion(receivedObject(attributes), ['1.0']), 'schema_version_missing', path);
    }
  });
  test('compared exactly', () => {
    for (const version of ['1', '1.00', ' 1.0', '2.0']) {
      const checked = checkSchemaVersion(receivedObject({ schema_version: version }), ['1.0']);
      expectRejected(checked, 'schema_version_unsupported', path);
    }
    expect(value(checkSchemaVersion(receivedObject({ schema_version: '2.1' }), ['1.0', '2.1']))).toBe('2.1');
  });
});
