import { describe, expect, it } from '@jest/globals';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { type BuiltEvents, buildEvents } from '../../src/intake/index.ts';
import { looseTime, timeOfNumber } from '../../src/intake/loose-time.ts';
import { bytesOf, CONTEXT } from './context.ts';

function build(...records: readonly unknown[]): BuiltEvents {
  const text = records
    .map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
    .join('\n');
  return buildEvents({ name: 'r', bytes: bytesOf(text) }, CONTEXT);
}

const attributesOf = (built: BuiltEvents, index = 0): JsonObject =>
  (built.events[index]?.payload.attributes ?? {}) as JsonObject;

const OCSF = {
  class_uid: 2004,
  category_uid: 2,
  time: 1739539623,
  severity_id: 4,
  metadata: { product: { name: 'Prowler' } },
  finding_info: { title: 'A title', uid: '<finding_uid>' },
  resources: [{ uid: 'arn:aws:iam::1:root', name: 'root' }],
  cloud: { provider: 'aws', account: { uid: '1' } },
};

describe('OCSF', () => {
  it('seconds where the type says milliseconds are told apart and flagged; a local time_dt does not count', () => {
    const built = build(
      { ...OCSF, time_dt: '2025-02-14T14:27:03.913874' },
      { ...OCSF, time: 1659636559100 },
      { ...OCSF, time: undefined, time_dt: '2025-02-14T14:27:03+01:00' },
      { ...OCSF, time: undefined, event_time: '2024-06-03T14:15:19.382075' },
      { ...OCSF, time: undefined },
    );
    expect(built.events.map(({ observedAt }) => observedAt)).toEqual([
      '2025-02-14T13:27:03Z',
      '2022-08-04T18:09:19.100Z',
      '2025-02-14T14:27:03+01:00',
      '2024-06-03T14:15:19.382075Z',
      CONTEXT.recordedAt,
    ]);
    const assumed = built.events.map((_, index) => {
      const { time_unit_assumed, time_zone_assumed, observed_at_basis } = attributesOf(built, index);
      return [time_unit_assumed, time_zone_assumed, observed_at_basis];
    });
    expect(assumed).toEqual([
      ['seconds', undefined, 'report'],
      [undefined, undefined, 'report'],
      [undefined, undefined, 'report'],
      [undefined, 'UTC', 'report'],
      [undefined, undefined, 'recorded'],
    ]);
  });

  it('a check that passed is no finding of its severity', () => {
    const built = build(
      { ...OCSF, status_code: 'PASS', severity_id: 5 },
      { ...OCSF, status_code: 'FAIL', severity_id: 6 },
      { ...OCSF, severity_id: 99, severity: 'Informational' },
      { ...OCSF, severity_id: 0, severity: 'High' },
    );
    expect(built.events.map(({ payload }) => payload.severity)).toEqual(['info', 'critical', 'info', 'high']);
    expect(attributesOf(built).status).toBe('pass');
  });

  it('techniques: attacks with their tactics, an impossible pair flagged; else the list of the compliance framework', () => {
    const built = build(
      {
        ...OCSF,
        finding_info: {
          ...OCSF.finding_info,
          attacks: [
            {
              technique: { uid: 'T1059' },
              sub_technique: { uid: 'T1059.001' },
              tactics: [{ uid: 'TA0002' }, { uid: 'TA0040' }],
            },
          ],
        },
      },
      { ...OCSF, unmapped: { compliance: { 'MITRE-ATTACK': ['T1190', 'T1002'] } } },
      OCSF,
    );
    expect(built.events.map(({ payload }) => payload.mitre_techniques)).toEqual([
      ['T1059.001'],
      ['T1190', 'T1560'],
      ['T1580'],
    ]);
    expect(attributesOf(built).mitre_flags).toEqual({
      TA0040: 'impossible pair: no named technique has this tactic',
    });
    expect(attributesOf(built, 1).mitre_replaced).toEqual({ T1002: 'T1560' });
    expect(attributesOf(built, 2).mitre_basis).toMatchObject([{ basis: 'inferred' }]);
  });

  it('another class is a fault; a placeholder for an id makes no two findings one', () => {
    const built = build({ ...OCSF, class_uid: 3002 }, OCSF, OCSF);
    expect(built.faults).toMatchObject([
      { code: 'record_unusable', where: 'line 1', expected: expect.stringContaining('2004') },
    ]);
    expect(new Set(built.events.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

const ALERT = {
  timestamp: '2015-03-29T11:01:38.221126-0600',
  event_type: 'alert',
  src_ip: '10.0.0.1',
  dest_ip: '10.0.0.2',
  alert: { signature: 'ET SCAN something', category: 'Misc Attack', severity: 1, action: 'allowed' },
};

describe('Suricata', () => {
  it('severity is inverted, the offset has no colon, and what is no alert is counted', () => {
    const built = build(
      ALERT,
      { ...ALERT, alert: { ...ALERT.alert, severity: 3 }, timestamp: '2019-01-02T03:50:11.315110' },
      { ...ALERT, event_type: 'flow' },
      { ...ALERT, event_type: 'whatever' },
      { timestamp: 'x', event_type: 'stats', stats: {} },
    );
    expect(built.events.map(({ payload }) => [payload.severity, payload.observed_at])).toEqual([
      ['high', '2015-03-29T11:01:38.221126-06:00'],
      ['low', '2019-01-02T03:50:11.315110Z'],
    ]);
    expect([attributesOf(built).time_zone_assumed, attributesOf(built, 1).time_zone_assumed]).toEqual([
      undefined,
      'UTC',
    ]);
    expect(built.skipped).toEqual({ 'suricata flow': 1, 'suricata other': 1, 'suricata stats': 1 });
    expect(built.faults).toEqual([]);
  });

  it('the technique that the rule names wins, and the target that it names', () => {
    const built = build({
      ...ALERT,
      alert: {
        ...ALERT.alert,
        target: { ip: '10.0.0.1' },
        metadata: {
          mitre_technique_id: ['T1190'],
          mitre_tactic_id: ['TA0001'],
          mitre_tactic_name: ['Initial_Access'],
        },
      },
    });
    expect(built.events[0]).toMatchObject({
      targetUrn: 'urn:target:ip:10.0.0.1',
      payload: { mitre_techniques: ['T1190'], mitre_tactics: ['TA0001'] },
    });
  });

  it('raw packets are not taken, the printable form is redacted, and large numbers keep every digit', () => {
    const secret = Buffer.from('Cookie: session=abcdef').toString('base64');
    const line = JSON.stringify({
      ...ALERT,
      payload: secret,
      packet: secret,
      payload_printable: 'Cookie: session=abcdef',
    });
    const built = build(line.replace('{', '{"flow_id":9214364837600034817,'));
    const text = canonicalizeCompat(built.events[0]?.payload ?? {});
    expect(text).not.toContain(secret);
    expect(text).not.toContain('abcdef');
    expect(text).toContain('"flow_id":9214364837600034817');
  });
});

it('times in numbers: by their size, every digit kept', () => {
  expect(timeOfNumber('1739539623', null)).toEqual({
    at: '2025-02-14T13:27:03Z',
    assumed: { time_unit_assumed: 'seconds' },
  });
  expect(timeOfNumber('1739539623.123456789', 'seconds')).toEqual({
    at: '2025-02-14T13:27:03.123456789Z',
    assumed: {},
  });
  expect(timeOfNumber('1739539623001', null)?.at).toBe('2025-02-14T13:27:03.001Z');
  expect(timeOfNumber('1739539623000001', null)?.at).toBe('2025-02-14T13:27:03.000001Z');
  expect(timeOfNumber('1739539623000000001', null)?.at).toBe('2025-02-14T13:27:03.000000001Z');
  expect([timeOfNumber('0', null), timeOfNumber('-1', null), timeOfNumber('1e9', null)]).toEqual([
    null,
    null,
    null,
  ]);
  expect([looseTime('2020-13-01T00:00:00'), looseTime('yesterday'), looseTime(null)]).toEqual([
    null,
    null,
    null,
  ]);
});
