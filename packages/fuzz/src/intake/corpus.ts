import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedPath } from '@nyxera/federation-testing/shared-data';

export type IntakeFormat = 'events' | 'nmap' | 'nuclei' | 'sarif';
export const FORMATS: readonly IntakeFormat[] = ['events', 'nmap', 'nuclei', 'sarif'];

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
