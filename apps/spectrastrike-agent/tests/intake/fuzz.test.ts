import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkPayload } from '../../src/intake/check-payload.ts';
import { type BuiltEvents, buildEvents } from '../../src/intake/index.ts';
import { anyText } from '../support/any-text.ts';
import { bytesOf, CONTEXT } from './context.ts';
import { fixtureFiles, sharedFiles } from './real-files.ts';
import { SAMPLES } from './samples.ts';

const SEEDS = [...SAMPLES, ...fixtureFiles(), ...sharedFiles()].filter(({ bytes }) => bytes.length < 20_000);

function build(bytes: Uint8Array): BuiltEvents {
  const built = buildEvents({ name: 'report', bytes }, CONTEXT);
  for (const { payload } of built.events) {
    expect(checkPayload(payload, '')).toBeNull();
  }
  for (const fault of built.faults) {
    expect(fault.file).toBe('report');
    expect(fault.where.length).toBeGreaterThan(0);
    expect(fault.expected.length).toBeGreaterThan(0);
  }
  return built;
}

describe('never throws, always events or faults', () => {
  it('on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        build(bytes);
      }),
      { numRuns: 2000, seed: 20261123 },
    );
  });

  it.each([
    '<nmaprun',
    '<?xml version="1.0"?><nmaprun>',
    '{"template-id":',
    '{"runs":[',
    '{"event_id":',
    '[',
  ])('on arbitrary text after %s', (head) => {
    fc.assert(
      fc.property(anyText({ maxLength: 200 }), (tail) => {
        build(bytesOf(head + tail));
      }),
      { numRuns: 300, seed: 20261123 },
    );
  });

  it('on any JSON in the place of any member', () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(anything, anything, anything, (a, b, c) => {
        build(
          bytesOf(
            JSON.stringify({
              'template-id': 'x',
              info: a,
              host: b,
              'matched-at': c,
              timestamp: a,
              request: b,
            }),
          ),
        );
        build(
          bytesOf(
            JSON.stringify({
              'template-id': 'x',
              info: { tags: a, severity: b, classification: c },
              type: a,
            }),
          ),
        );
        build(
          bytesOf(
            JSON.stringify({
              version: '2.1.0',
              runs: [{ tool: a, results: [b, { rule: c, locations: [a], message: b }] }],
            }),
          ),
        );
        build(
          bytesOf(
            JSON.stringify({
              version: '2.1.0',
              runs: [
                {
                  tool: { driver: { name: 'x', rules: [a, { id: 'R', properties: b, relationships: [c] }] } },
                  invocations: [a],
                  artifacts: [b],
                  results: [
                    {
                      ruleId: 'R',
                      ruleIndex: c,
                      properties: a,
                      locations: [{ physicalLocation: b }],
                      taxa: [c],
                      suppressions: a,
                    },
                    { ruleId: 'R', locations: [{ physicalLocation: { artifactLocation: { index: a } } }] },
                  ],
                },
              ],
            }),
          ),
        );
        build(bytesOf(JSON.stringify({ event_id: 'e', event_type: a, severity: b, attributes: c })));
        const event = {
          event_id: 'e',
          event_type: 'T',
          source_system: 's',
          severity: 'low',
          mitre_techniques: ['T1046'],
        };
        build(
          bytesOf(
            JSON.stringify({
              ...event,
              observed_at: '2026-01-01T00:00:00Z',
              attributes: { asset_ref: a, target_urn: b, status: c, manifest_hash: a },
            }),
          ),
        );
      }),
      { numRuns: 400, seed: 20261123 },
    );
  });

  it('on real reports with bytes changed, cut and repeated', () => {
    const change = fc.record({
      seed: fc.nat({ max: SEEDS.length - 1 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat({ max: 40 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        fc
          .constantFrom(
            '<',
            '>',
            '&',
            '"',
            '{',
            '}',
            '[',
            '\\u0000',
            '\n',
            '&#xD800;',
            '<!ENTITY',
            ']]>',
            '<![CDATA[',
          )
          .map(bytesOf),
      ),
    });
    fc.assert(
      fc.property(change, ({ seed, at, length, put }) => {
        const { bytes } = SEEDS[seed] ?? { bytes: new Uint8Array() };
        const from = Math.floor(at * bytes.length);
        build(Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)]));
      }),
      { numRuns: 1500, seed: 20261123 },
    );
  });
});

describe('bombs and mistakes', () => {
  const faultOf = (bytes: Uint8Array): { where: string; expected: string } => {
    const { events, faults } = build(bytes);
    expect(events).toEqual([]);
    expect(faults).toHaveLength(1);
    return faults[0] ?? { where: '', expected: '' };
  };

  it('billion laughs, external entities and declarations are refused by name', () => {
    const laughs =
      '<?xml version="1.0"?>\n<!DOCTYPE nmaprun [\n<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<nmaprun>&b;</nmaprun>';
    expect(faultOf(bytesOf(laughs)).expected).toMatch(/entity|ENTITY/);
    const external = '<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun start="&x;"/>';
    expect(faultOf(bytesOf(external)).expected).toMatch(/entity|ENTITY/);
    expect(faultOf(bytesOf('<!DOCTYPE nmaprun [ ]><nmaprun/>')).expected).toContain(
      'without internal subset',
    );
    expect(faultOf(bytesOf('<nmaprun>&nbsp;</nmaprun>')).expected).toContain('well-formed XML');
    expect(faultOf(bytesOf('<nmaprun>\n<host>&x;</host></nmaprun>')).where).toBe('line 2 column 9');
  });

  it('a plain DOCTYPE is normal', () => {
    expect(build(bytesOf('<!DOCTYPE nmaprun>\n<nmaprun start="1"/>')).faults).toEqual([]);
  });

  it('depth bombs', () => {
    expect(faultOf(bytesOf(`<nmaprun>${'<a>'.repeat(100_000)}`)).expected).toContain('nested');
    expect(faultOf(bytesOf(`{"runs":${'['.repeat(1_000_000)}`)).expected).toContain('nested deeper');
    expect(faultOf(bytesOf(`{"event_id":${'{"a":'.repeat(1_000_000)}`)).expected).toContain('nested deeper');
    expect(
      faultOf(bytesOf(`<nmaprun ${Array.from({ length: 5000 }, (_, n) => `a${n}=""`).join(' ')}/>`)).expected,
    ).toContain('attributes');
  });

  it('gzip, UTF-16, other XML, other JSON, neither', () => {
    expect(faultOf(gzipSync('{}')).expected).toContain('gzip');
    expect(faultOf(Buffer.from('\ufeff{"runs":[]}', 'utf16le')).expected).toContain('UTF-16');
    expect(faultOf(bytesOf('<html></html>')).expected).toContain('XML of another kind');
    expect(faultOf(bytesOf('{"a":1}')).expected).toContain('JSON of another kind');
    expect(faultOf(bytesOf('hello')).expected).toContain('neither');
    expect(faultOf(bytesOf('<!-- endless <nmaprun>')).expected).toContain('without a root element');
  });

  it('invalid UTF-8 has its offset, in XML and in JSON', () => {
    const bad = (head: string): Uint8Array => Buffer.concat([bytesOf(head), Buffer.from([0xff, 0x41])]);
    expect(faultOf(bad('<nmaprun a="')).where).toBe('byte 12');
    expect(faultOf(bad('{"runs":["')).where).toContain('byte 10');
    expect(faultOf(Buffer.from('<nmaprun>\xe9</nmaprun>', 'latin1')).where).toBe('byte 10');
    expect(faultOf(bytesOf('<?xml version="1.0" encoding="ISO-8859-1"?><nmaprun/>')).expected).toContain(
      'UTF-8',
    );
  });

  it('an empty file is nuclei that found nothing', () => {
    for (const text of ['', '\n\n', ' \r\n', '\ufeff', '[]']) {
      expect(build(bytesOf(text))).toMatchObject({ format: 'nuclei', events: [], faults: [] });
    }
  });

  it('a document that breaks late is refused as a whole, and says so', () => {
    const host = '<host><ports><port protocol="tcp" portid="1"><state state="open"/></port></ports></host>';
    const fault = faultOf(bytesOf(`<nmaprun>\n${host}\n${host}\n</nmap>`));
    expect(fault).toMatchObject({
      where: expect.stringContaining('line 4'),
      expected: expect.stringContaining('nothing was taken'),
    });
    expect(faultOf(bytesOf(`<nmaprun>${host}`)).expected).toContain('nothing was taken');
    expect(faultOf(bytesOf(`<nmaprun>${host}</nmaprun><nmaprun/>`)).expected).toContain('well-formed');
    const array = '[\n{"template-id":"x","info":{}},\n{"template-id":"y","info":{}},\n{"template-id"]';
    expect(faultOf(bytesOf(array))).toMatchObject({
      where: expect.stringContaining('line 4'),
      expected: expect.stringContaining('nothing was taken'),
    });
  });

  it('of JSON lines a bad one is one fault, and the others go on', () => {
    const good = '{"template-id":"x","info":{}}';
    const { events, faults } = build(
      bytesOf(`{"template-id":\n${good}\n\n7\n${good}\r\n{"a":1}\n\u0000\n${good}`),
    );
    expect(events).toHaveLength(3);
    expect(faults.map(({ where }) => where)).toEqual(['line 1', 'line 4', 'line 6', 'line 7']);
  });

  it('a long line is bounded, and a file of garbage does not fill memory with faults', () => {
    const good = '{"template-id":"x","info":{}}';
    const long = `{"template-id":"x","info":{"name":"${'a'.repeat(17 * 1024 * 1024)}"}}`;
    const { events, faults } = build(bytesOf(`${good}\n${long}\n${good}`));
    expect([events.length, faults.length]).toEqual([2, 1]);
    expect(faults[0]).toMatchObject({
      where: 'line 2',
      expected: expect.stringContaining('a line of at most'),
    });
    const garbage = build(bytesOf(`${good}\n${good}\n${'x\n'.repeat(50_000)}`));
    expect(garbage.events).toHaveLength(2);
    expect(garbage.faults.length).toBeLessThanOrEqual(1002);
    expect(garbage.faults.at(-1)?.expected).toContain('49000 more');
  });
});
