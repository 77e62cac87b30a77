import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedPath } from '@nyxera/federation-testing/shared-data';

export type IntakeFormat = 'events' | 'nmap' | 'nuclei' | 'sarif' | 'ocsf' | 'suricata' | 'jsonl';
export const FORMATS: readonly IntakeFormat[] = [
  'events',
  'nmap',
  'nuclei',
  'sarif',
  'ocsf',
  'suricata',
  'jsonl',
];

export interface CorpusReport {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Larger reports cost time and say the same; bytes. */
const MAX_BYTES = 60_000;

/** Real reports per format: the repository's own fixtures, and `../shared/data` where it is there. */
export function loadCorpus(): ReadonlyMap<IntakeFormat, readonly CorpusReport[]> {
  const fixtures = fileURLToPath(new URL('../../../../scripts/fixtures', import.meta.url));
  const fixture = (name: string): CorpusReport => read(fixtures, name);
  const corpus = new Map<IntakeFormat, CorpusReport[]>([
    ['events', [fixture('events.jsonl')]],
    ['nmap', [fixture('nmap-loopback.xml')]],
    ['nuclei', [{ name: 'made-up.jsonl', bytes: Buffer.from(NUCLEI) }]],
    ['sarif', [fixture('flawfinder.sarif')]],
    ['ocsf', [{ name: 'made-up.ocsf.json', bytes: Buffer.from(OCSF) }]],
    ['suricata', [{ name: 'made-up.eve.json', bytes: Buffer.from(EVE) }]],
    ['jsonl', [{ name: 'made-up.log', bytes: Buffer.from(LOG) }]],
  ]);
  for (const format of FORMATS) {
    const directory = sharedPath('data', format);
    if (directory === null) continue;
    for (const name of readdirSync(directory)) {
      const { size } = statSync(join(directory, name));
      if (size > 0 && size <= MAX_BYTES) corpus.get(format)?.push(read(directory, name));
    }
  }
  return corpus;
}

function read(directory: string, name: string): CorpusReport {
  return { name, bytes: readFileSync(join(directory, name)) };
}

const NUCLEI = `${JSON.stringify({
  'template-id': 'made-up',
  info: { name: 'Made up', severity: 'high', tags: ['cve'], classification: { 'cve-id': ['CVE-2021-1'] } },
  type: 'http',
  host: 'https://example.test',
  'matched-at': 'https://example.test/x',
  ip: '192.0.2.1',
  timestamp: '2024-01-01T00:00:00.000000000Z',
  'matcher-status': true,
})}\n`;

const OCSF = JSON.stringify([
  {
    class_uid: 2004,
    category_uid: 2,
    time: 1739539623,
    time_dt: '2025-02-14T14:27:03.913874',
    severity_id: 4,
    status_code: 'FAIL',
    metadata: { product: { name: 'Made up' }, profiles: ['cloud'] },
    finding_info: {
      title: 'Made up',
      uid: 'x',
      attacks: [{ technique: { uid: 'T1059' }, tactics: [{ uid: 'TA0002' }] }],
    },
    resources: [{ uid: 'arn:made:up', type: 'Other' }],
    unmapped: { compliance: { 'MITRE-ATTACK': ['T1190'] } },
    cloud: { provider: 'aws', account: { uid: '1' } },
  },
]);

const EVE = `${JSON.stringify({
  timestamp: '2015-03-29T11:01:38.221126-0600',
  flow_id: 1,
  event_type: 'alert',
  src_ip: '192.0.2.1',
  dest_ip: '192.0.2.2',
  alert: {
    signature: 'ET SCAN made up',
    category: 'Misc Attack',
    severity: 1,
    metadata: { mitre_technique_id: ['T1190'] },
  },
  payload_printable: 'GET / HTTP/1.1\r\nCookie: a=b\r\n',
})}\n${JSON.stringify({ timestamp: '2015-03-29T11:01:39Z', event_type: 'flow', flow_id: 1 })}\n`;

const LOG = `${JSON.stringify({
  SourceName: 'Microsoft-Windows-Sysmon',
  Level: '4',
  Channel: 'Security',
  Hostname: 'host.example',
  EventID: 12,
  UtcTime: '2023-07-19 16:02:18.299',
  TimeCreated: '2023-07-19T09:02:18.303Z',
  Message: 'Made up',
  User: 'EXAMPLE\\user',
}).replace('{', '{"Keywords":-9214364837600034816,')}\n`.repeat(3);

/** What `jsonl` is read by: the shipped mapping for this dialect. */
export function corpusMapping(): Uint8Array {
  const url = new URL('../../../../apps/spectrastrike-agent/mappings/windows-exporter.yaml', import.meta.url);
  return readFileSync(url);
}
