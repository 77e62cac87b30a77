import type { Report } from '../../src/intake/index.ts';
import { bytesOf } from './context.ts';

/** Small reports of our own, each for a corner that the committed real ones do not have. */
export const SAMPLES: readonly Report[] = [
  json('nuclei-both-generations.jsonl', [
    {
      templateID: 'CVE-2020-0001',
      info: { name: 'old', severity: 'high', tags: 'network,mysql' },
      type: 'network',
      host: 'https://h.example',
      matched: 'h.example:3306',
      timestamp: '2021-05-20T11:11:02.287655+03:00',
    },
    {
      'template-id': 'sqli-blind',
      info: { name: 'new', severity: 'unknown', tags: ['sqli'], classification: { 'cvss-score': 9.8 } },
      type: 'http',
      host: 'h.example',
      'matched-at': 'https://u:p@h.example:8443/a?token=abc123',
      request:
        'GET / HTTP/1.1\r\nHost: h.example\r\nCookie: session=abcdef\r\nAuthorization: Basic dTpw\r\n\r\n',
      'curl-command': "curl -X 'GET' -u 'admin:pw' -H 'Cookie: session=abcdef' 'https://h.example/'",
      timestamp: '0001-01-01T00:00:00Z',
    },
    { 'template-id': 'tagged', info: { tags: ['attack.t1002'] }, ip: '10.0.0.5' },
  ]),
  {
    name: 'nmap-scripts.xml',
    bytes: bytesOf(
      '<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun start="1581930445" version="7.93">' +
        '<host endtime="1581930455"><address addr="IP" addrtype="ipv4"/><ports><port protocol="udp" portid="53">' +
        '<state state="open|filtered"/><script id="vulners" output="&#xa;&#x9;CVE-2020-1350&#x9;10.0&#x9;x"/>' +
        '</port></ports><hostscript><script id="smb-vuln-ms17-010" output="x"><table key="CVE-2017-0143">' +
        '<elem key="state">VULNERABLE</elem></table></script></hostscript></host><host/></nmaprun>',
    ),
  },
  {
    name: 'levels.sarif',
    bytes: bytesOf(
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            tool: {
              driver: {
                name: 'Sample Tool',
                rules: [
                  { id: 'A', defaultConfiguration: { level: 'error' } },
                  { id: 'B', properties: { 'security-severity': '9.1', tags: ['external/cwe/cwe-078'] } },
                  { id: 'C', properties: { 'security-severity': 'LOW' } },
                ],
              },
            },
            invocations: [{ startTimeUtc: '2021-03-08T15:39:00Z', endTimeUtc: '2021-03-08T15:39:40Z' }],
            results: [
              { ruleId: 'A', ruleIndex: 0, message: { text: 'rule default' } },
              { ruleId: 'B/1', message: { text: 'score' }, locations: [location('a.c')] },
              { ruleId: 'C', level: 'error', message: { text: 'word' }, partialFingerprints: { p: '1' } },
              { ruleId: 'D', message: { text: 'nothing: warning' } },
              { ruleId: 'A', kind: 'pass', level: 'none', message: { text: 'pass' } },
              { ruleId: 'A', baselineState: 'absent', message: { text: 'gone' } },
            ],
          },
        ],
      }),
    ),
  },
];

function location(uri: string): unknown {
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine: 3 } } };
}

function json(name: string, records: readonly unknown[]): Report {
  return { name, bytes: bytesOf(records.map((record) => `${JSON.stringify(record)}\n`).join('')) };
}
