import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@nyxera/federation-protocol';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { fileAsset } from '../../src/intake/asset.ts';
import { type BuiltEvents, buildEvents } from '../../src/intake/index.ts';
import { MAX_DETAIL_STRING, MAX_PAYLOAD_BYTES } from '../../src/intake/limits.ts';
import { bytesOf, CONTEXT } from './context.ts';
import { SAMPLES } from './samples.ts';

function build(text: string): BuiltEvents {
  return buildEvents({ name: 'r', bytes: bytesOf(text) }, CONTEXT);
}

function sample(name: string): BuiltEvents {
  const found = SAMPLES.find((report) => report.name === name);
  return buildEvents(found ?? { name, bytes: new Uint8Array() }, CONTEXT);
}

function attributes(built: BuiltEvents, index: number): JsonObject {
  return (built.events[index]?.payload.attributes ?? {}) as JsonObject;
}

function payloads(built: BuiltEvents): JsonObject[] {
  return built.events.map(({ payload }) => payload);
}

it.each([
  ['file:///home/x/a%20b.c', 'urn:target:file:/home/x/a%20b.c'],
  ['file:////src/a.js', 'urn:target:file:/src/a.js'],
  ['file:/src/a.js', 'urn:target:file:/src/a.js'],
  ['FILE://localhost/src/a.js', 'urn:target:file:/src/a.js'],
  ['file://nas/src/a.js', 'urn:target:file://nas/src/a.js'],
  ['src/a.js', 'urn:target:file:src/a.js'],
  ['https://user:pw@example.com/app.js?x=1', 'urn:target:url:https://example.com'],
])('an artifact has one target whichever way its URI is spelt: %s', (uri, target) => {
  expect(fileAsset(uri).targetUrn).toBe(target);
});

describe('nuclei', () => {
  const built = sample('nuclei-both-generations.jsonl');

  it('reads both generations', () => {
    expect(payloads(built).map(({ severity, event_type }) => [event_type, severity])).toEqual([
      ['nuclei.network', 'high'],
      ['nuclei.http', 'critical'],
      ['nuclei.unknown', 'info'],
    ]);
    expect(built.events.map(({ targetUrn }) => targetUrn)).toEqual([
      'urn:target:host:h.example',
      'urn:target:url:https://h.example:8443',
      'urn:target:ip:10.0.0.5',
    ]);
  });

  it('keeps the offset, and takes the zero time for none', () => {
    expect(built.events.map(({ observedAt }) => observedAt)).toEqual([
      '2021-05-20T11:11:02.287655+03:00',
      CONTEXT.recordedAt,
      CONTEXT.recordedAt,
    ]);
    expect(attributes(built, 1).observed_at_basis).toBe('recorded');
    expect(built.events.map(({ fingerprintTimestamp }) => fingerprintTimestamp)).toEqual(
      Array(3).fill('2021-05-20T11:11:02.287655+03:00'),
    );
  });

  it('keeps nine digits of a fraction', () => {
    const time = '2022-03-20T22:43:31.231312071-03:00';
    const { events } = build(JSON.stringify({ 'template-id': 'x', info: {}, timestamp: time }));
    expect(events[0]?.observedAt).toBe(time);
  });

  it('redacts requests, and says which severity it took', () => {
    expect(JSON.stringify(built)).not.toMatch(/abcdef|abc123|dTpw|admin:pw|u:p@/);
    expect(attributes(built, 1)).toMatchObject({
      severity_basis: 'info.classification.cvss-score',
      redactions: { authorization: 1, cookie: 2, password: 1, token: 1, 'url-credentials': 1 },
    });
  });

  it('takes a technique that a tag names, through its replacement', () => {
    expect(payloads(built).at(2)?.mitre_techniques).toEqual(['T1560']);
    expect(attributes(built, 2)).toMatchObject({
      mitre_replaced: { T1002: 'T1560' },
      mitre_basis: [{ id: 'T1560', basis: 'report' }],
    });
    expect(attributes(built, 0)).toMatchObject({ mitre_basis: [{ basis: 'inferred' }] });
  });

  it('one template on one URL, 17 times: 17 events', () => {
    const record = JSON.stringify({ 'template-id': 'x', info: {}, host: 'h' });
    const { events } = build(`${record}\n`.repeat(17));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(17);
  });

  it('states what it cuts, and stays within a request', () => {
    const line = JSON.stringify({
      'template-id': 'x',
      info: { name: '\u{1F600}'.repeat(3000) },
      response: '\u{1F600}'.repeat(200_000),
      meta: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, '\u{1F600}'.repeat(500)])),
      'extracted-results': Array.from({ length: 500 }, () => 'é'.repeat(9000)),
    });
    const [event] = build(line).events;
    expect(canonicalizeCompat(event?.payload ?? {}).length).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
    expect(event?.payload.description).toMatch(/… \[cut: 1000 more code points\]$/);
    expect([...String(event?.payload.description)].length).toBeLessThanOrEqual(2048);
    const { cut, nuclei } = (event?.payload.attributes ?? {}) as unknown as {
      cut: string[];
      nuclei: Record<string, unknown>;
    };
    expect(cut).toEqual(expect.arrayContaining(['extracted_results', 'meta', 'response']));
    expect(String(nuclei.response)).toMatch(/code points\]$/);
    expect([...String(nuclei.response)].length).toBeLessThanOrEqual(MAX_DETAIL_STRING);
  });

  it('keeps integers beyond 2^53', () => {
    const built = build('{"template-id":"x","info":{"metadata":{"n":-9214364837600034816,"d":1.0}}}');
    expect(canonicalizeCompat(built.events[0]?.payload ?? {})).toContain(
      '"metadata":{"d":1.0,"n":-9214364837600034816}',
    );
  });
});

describe('nmap', () => {
  const built = sample('nmap-scripts.xml');

  it('takes ports in any state, host scripts, and CVSS where a script states it', () => {
    expect(
      payloads(built).map(({ event_type, severity, mitre_techniques }) => [
        event_type,
        severity,
        mitre_techniques,
      ]),
    ).toEqual([
      ['nmap.port.open-filtered', 'critical', ['T1046']],
      ['nmap.hostscript', 'high', ['T1210']],
    ]);
    expect(attributes(built, 0)).toMatchObject({
      nmap: { cves: [{ id: 'CVE-2020-1350', cvss: '10.0' }], cve_count: 1 },
    });
  });

  it('takes times from Unix seconds alone', () => {
    expect(built.events.map(({ observedAt }) => observedAt)).toEqual([
      '2020-02-17T09:07:35Z',
      '2020-02-17T09:07:35Z',
    ]);
    expect(built.events[0]?.fingerprintTimestamp).toBe('2020-02-17T09:07:25Z');
    const local = build(
      '<nmaprun startstr="Sat Apr  4 18:06:42 2020"><host><ports><port protocol="tcp" portid="1"><state state="open"/></port></ports></host></nmaprun>',
    );
    expect(local.events[0]?.observedAt).toBe(CONTEXT.recordedAt);
    expect(attributes(local, 0).observed_at_basis).toBe('recorded');
  });

  it('an address that is none is a name', () => {
    expect(built.events[0]).toMatchObject({ assetRef: 'ip', targetUrn: 'urn:target:host:ip' });
  });

  it('a port that is none is one fault, and its neighbours go in', () => {
    const port = (id: string): string => `<port protocol="tcp" portid="${id}"><state state="open"/></port>`;
    const { events, faults } = build(
      `<nmaprun><host><ports>${port('80')}${port('65536')}${port('1')}</ports></host></nmaprun>`,
    );
    expect(events).toHaveLength(2);
    expect(faults).toEqual([
      {
        file: 'r',
        code: 'record_unusable',
        where: 'host[0].port[1]',
        expected: 'portid: a port number of 0..65535',
      },
    ]);
  });

  it.each(['&#xD800;', '&#55296;', '&#0;', '\u0000'])(
    '%j is refused, or harmless in the payload',
    (reference) => {
      const host = `<host><hostnames><hostname name="${reference}x"/></hostnames><ports><port protocol="tcp" portid="1">`;
      const built = build(`<nmaprun>${host}<state state="open"/></port></ports></host></nmaprun>`);
      expect(built.events.length + built.faults.length).toBe(1);
      for (const { payload, assetRef } of built.events) {
        expect(() => canonicalizeCompat(payload)).not.toThrow();
        expect(assetRef).not.toContain('\u0000');
      }
    },
  );
});

describe('SARIF', () => {
  const built = sample('levels.sarif');

  it('resolves severities in order, and says from what', () => {
    expect(
      built.events.map(({ payload }, index) => [payload.severity, attributes(built, index).severity_basis]),
    ).toEqual([
      ['high', 'default level of the rule'],
      ['critical', 'security-severity of the rule'],
      ['low', 'security-severity of the rule'],
      ['medium', 'no level anywhere: warning (SARIF 2.1.0 section 3.27.10)'],
      ['info', 'kind: the result reports no failure'],
      ['info', 'baselineState: absent from this scan'],
    ]);
  });

  it('maps by CWE, keeps fingerprints, files and times', () => {
    expect(payloads(built).at(1)).toMatchObject({
      mitre_techniques: ['T1059'],
      source_system: 'sample-tool',
    });
    expect(built.events[1]).toMatchObject({
      targetUrn: 'urn:target:file:a.c',
      observedAt: '2021-03-08T15:39:40Z',
      fingerprintTimestamp: '2021-03-08T15:39:00Z',
    });
    expect(attributes(built, 2)).toMatchObject({ sarif: { partial_fingerprints: { p: '1' } } });
  });

  it('refuses another version, and results that are kept elsewhere', () => {
    expect(build('{"version":"2.0.0","runs":[]}').faults).toEqual([
      { file: 'r', code: 'report_malformed', where: 'version', expected: '"2.1.0"; nothing was taken' },
    ]);
    const outside = build(
      '{"version":"2.1.0","runs":[{"externalPropertyFileReferences":{"results":[{}]}},7]}',
    );
    expect(outside.faults.map(({ where }) => where)).toEqual([
      'runs[0].externalPropertyFileReferences',
      'runs[1]',
    ]);
  });
});

describe('assets that hold secrets', () => {
  it('lose the secret and stay apart', () => {
    const results = ['sftp://u:one@h/a', 'sftp://u:two@h/a', 'sftp://u:one@h/a'].map((uri) => ({
      message: { text: 'x' },
      locations: [{ physicalLocation: { artifactLocation: { uri } } }],
    }));
    const built = build(
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 't' } }, results }] }),
    );
    expect(built.events.map(({ assetRef }) => assetRef)).toEqual([
      'sftp://[redacted:url-credentials]@h/a#1',
      'sftp://[redacted:url-credentials]@h/a#2',
      'sftp://[redacted:url-credentials]@h/a#1',
    ]);
  });

  it('that are too long stay apart as well', () => {
    const built = build(
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            results: ['a', 'b'].map((end) => ({
              locations: [{ physicalLocation: { artifactLocation: { uri: `${'x'.repeat(600)}${end}` } } }],
            })),
          },
        ],
      }),
    );
    const [first, second] = built.events.map(({ targetUrn }) => targetUrn);
    expect(first).toHaveLength(512);
    expect(first).not.toBe(second);
  });
});
