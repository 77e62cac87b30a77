import { describe, expect, it } from '@jest/globals';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { type BuiltEvents, buildEvents, jsonlAdapter, loadMapping } from '../../src/intake/index.ts';
import { RepeatCounter } from '../../src/intake/mapping/repeat-counter.ts';
import { offsetAt } from '../../src/intake/mapping/zone.ts';
import { bytesOf, CONTEXT } from './context.ts';
import { shippedMapping } from './real-files.ts';

const MINIMAL = `
version: 1
name: test
source_system: { const: test }
event_type: { const: record }
severity: { from: { field: level }, table: { "1": high, warn: medium }, otherwise: info }
time: [{ field: t, format: any }]
technique: { otherwise: { id: T1082, reason: none is named } }
asset: { host: { field: host.name } }
`;

function load(yaml: string, files: Readonly<Record<string, string>> = {}): ReturnType<typeof loadMapping> {
  return loadMapping(bytesOf(yaml), (name) => {
    const text = files[name];
    if (text === undefined) throw new Error('absent');
    return bytesOf(text);
  });
}

function map(
  yaml: string,
  lines: readonly string[],
  files: Readonly<Record<string, string>> = {},
): BuiltEvents {
  const loaded = load(yaml, files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return buildEvents({ name: 'r', bytes: bytesOf(lines.join('\n')) }, CONTEXT, jsonlAdapter(loaded.value));
}

const attributesOf = (built: BuiltEvents, index = 0): JsonObject =>
  (built.events[index]?.payload.attributes ?? {}) as JsonObject;

const ids = (built: BuiltEvents): string[] => built.events.map(({ eventId }) => eventId);

describe('a mapping file', () => {
  it.each<[string, string, string]>([
    ['an unknown member', `${MINIMAL}tecnique: {}\n`, ''],
    [
      'an unknown member within',
      MINIMAL.replace('{ field: t, format: any }', '{ field: t, format: any, zones: UTC }'),
      'time/0',
    ],
    ['a format that is none', MINIMAL.replace('format: any', 'format: iso'), 'time/0/format'],
    ['a technique that is none', MINIMAL.replace('T1082', 'T82'), 'technique/otherwise/id'],
    [
      'a zone that is none',
      MINIMAL.replace('format: any', 'format: local, zone: Mars/Olympus'),
      'time/0/zone',
    ],
    ['a severity that is none', MINIMAL.replace('warn: medium', 'warn: moderate'), 'severity/table/warn'],
    [
      'a range that overlaps',
      MINIMAL.replace(
        'technique: {',
        'technique: { by_line: [{first: 1, last: 5, techniques: [T1003]}, {first: 5, last: 6, techniques: [T1003]}],',
      ),
      'technique/by_line',
    ],
    ['no YAML', '{', 'line 1'],
    ['a name twice', `${MINIMAL}name: other\n`, 'line 10'],
    ['aliases', `${MINIMAL}keep: &a [x]\ndrop: *a\n`, ''],
  ])('is refused with the place of its fault: %s', (_what, yaml, path) => {
    expect(load(yaml)).toMatchObject({ ok: false, faults: [{ path, expected: expect.any(String) }] });
  });

  it('of a file beside it the bytes count too', () => {
    const yaml = MINIMAL.replace(
      'technique: {',
      'technique: { by_line: { file: s.json, list: [s], first: [a], last: [b], techniques: [t, "*", id] },',
    );
    const segments = (id: string): string => `{"s":[{"a":2,"b":3,"t":[{"id":"${id}"}]}]}`;
    const [one, two] = [
      load(yaml, { 's.json': segments('T1003') }),
      load(yaml, { 's.json': segments('T1005') }),
    ];
    expect(one.ok && two.ok && one.value.sha256 !== two.value.sha256).toBe(true);
    expect(load(yaml)).toMatchObject({ ok: false, faults: [{ path: 'technique/by_line' }] });
    expect(load(yaml, { 's.json': '{"s":[{"a":2}]}' })).toMatchObject({ ok: false });
    const built = map(yaml, ['{"t":1}', '{"t":1}', '', '{"t":1}'], { 's.json': segments('T1003') });
    expect(built.events.map(({ payload }) => payload.mitre_techniques)).toEqual([
      ['T1082'],
      ['T1003'],
      ['T1082'],
    ]);
    expect(attributesOf(built, 1).mitre_basis).toMatchObject([{ basis: 'mapping' }]);
  });

  it('never throws, and never takes what is none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(load(JSON.stringify(value)).ok).toBe(false);
      }),
      { numRuns: 200, seed: 20261126 },
    );
  });
});

describe('records', () => {
  it('a name with a dot is one name; a number keeps every digit; text and number are one level', () => {
    const built = map(MINIMAL, [
      '{"host.name":"h1","level":1,"n":-9214364837600034816}',
      '{"level":"1"}',
      '{"level":"warn"}',
    ]);
    expect(built.events.map(({ payload }) => payload.severity)).toEqual(['high', 'high', 'medium']);
    expect(built.events[0]?.targetUrn).toBe('urn:target:host:h1');
    expect(canonicalizeCompat(built.events[0]?.payload ?? {})).toContain('"n":-9214364837600034816');
  });

  it('skips what the mapping says is none, and counts it', () => {
    const built = map(`${MINIMAL}skip: [{ when: { field: kind, in: [ping] }, reason: heartbeat }]\n`, [
      '{"kind":"ping"}',
      '{}',
    ]);
    expect([built.events.length, built.skipped]).toEqual([1, { 'test: heartbeat': 1 }]);
  });

  it('the id of its own: the same in every report, exact repeats are numbered, another content is another event', () => {
    const own = `${MINIMAL}event_id: { fields: [host.name], content: true, repeats: number }\n`;
    const [a, b, c] = [
      '{"t":1700000000,"host.name":"h"}',
      '{"t":1700000001,"host.name":"h"}',
      '{"t":1700000002}',
    ];
    const first = map(own, [a ?? '', a ?? '', b ?? '']);
    const second = map(own, [c ?? '', a ?? '', a ?? '']);
    expect(new Set(ids(first)).size).toBe(3);
    expect(ids(second).slice(1)).toEqual(ids(first).slice(0, 2));
    expect(JSON.stringify(second.events[1]?.payload)).not.toContain('report_sha256');
    expect(second.events[1]?.payload.observed_at).toEqual(first.events[0]?.payload.observed_at);
    const same = own.replace('repeats: number', 'repeats: same');
    expect(new Set(ids(map(same, [a ?? '', a ?? '', b ?? '']))).size).toBe(2);
    expect(map(own, ['{"host.name":"h"}']).faults).toMatchObject([
      { code: 'record_unusable', where: 'line 1' },
    ]);
    // Without it the place tells them apart.
    expect(new Set(ids(map(MINIMAL, [a ?? '', a ?? '']))).size).toBe(2);
  });

  it('local times: in the zone that is said, else UTC and flagged; an hour that comes twice is flagged too', () => {
    const timed = (rule: string): string => MINIMAL.replace('{ field: t, format: any }', rule);
    const at = (yaml: string, t: string): JsonObject => {
      const built = map(yaml, [JSON.stringify({ t })]);
      const { time_zone_assumed, time_zone_ambiguous } = attributesOf(built);
      return {
        at: built.events[0]?.observedAt ?? '',
        zone: time_zone_assumed ?? '',
        twice: time_zone_ambiguous !== undefined,
      };
    };
    const berlin = timed('{ field: t, format: local, zone: Europe/Berlin }');
    expect(at(berlin, '2023-07-19 09:02:18.303')).toEqual({
      at: '2023-07-19T09:02:18.303+02:00',
      zone: 'Europe/Berlin',
      twice: false,
    });
    expect(at(berlin, '2023-01-19 09:02:18')).toMatchObject({ at: '2023-01-19T09:02:18+01:00' });
    expect(at(berlin, '2023-10-29 02:30:00')).toMatchObject({ at: '2023-10-29T02:30:00+02:00', twice: true });
    expect(at(timed('{ field: t, format: local }'), '2023-07-19T09:02:18')).toEqual({
      at: '2023-07-19T09:02:18Z',
      zone: 'UTC',
      twice: false,
    });
    expect(offsetAt('+05:30', '2023-07-19T09:02:18')).toEqual({ offset: '+05:30', ambiguous: false });
  });
});

it('the shipped mappings are mappings, and read a line of their dialect', () => {
  const nxlog = shippedMapping('nxlog');
  const line =
    '{"EventTime":"2019-05-14 22:29:07","SeverityValue":4,"SourceName":"S","EventID":1102,"Hostname":"H.example","Keywords":-9214364837600034816}';
  const built = buildEvents({ name: 'r', bytes: bytesOf(line) }, CONTEXT, jsonlAdapter(nxlog));
  expect(built.events[0]?.payload).toMatchObject({
    severity: 'medium',
    observed_at: '2019-05-14T22:29:07-04:00',
    event_type: 's.1102',
    mitre_techniques: ['T1070.001'],
  });
  const beat =
    '{"@timestamp":"2019-05-14T22:29:07.1Z","level":"Error","source_name":"S","event_id":1,"computer_name":"H","user":{"name":"u"}}';
  const nested = buildEvents(
    { name: 'r', bytes: bytesOf(beat) },
    CONTEXT,
    jsonlAdapter(shippedMapping('winlogbeat')),
  );
  expect(nested.events[0]?.payload).toMatchObject({
    severity: 'medium',
    attributes: { jsonl: { identity: { user: 'u' } } },
  });
  expect(shippedMapping('windows-exporter').ranges).toBeNull();
});

it('repeats are counted in bounded memory; beyond it the count says that it does not know', () => {
  const digest = (n: number): Uint8Array => Uint8Array.from([0, 0, 0, 0, 0, 0, n >> 8, n & 255]);
  const counter = new RepeatCounter(3000);
  for (let n = 0; n < 3000; n++) expect(counter.next(digest(n))).toBe(1);
  expect([counter.next(digest(7)), counter.next(digest(7)), counter.next(digest(3001))]).toEqual([
    2,
    3,
    null,
  ]);
});
