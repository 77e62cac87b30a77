import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { ATTACK_TABLE_URL } from '../../src/intake/attack/attack-table.ts';
import * as defaults from '../../src/intake/attack/defaults.ts';
import * as sensors from '../../src/intake/attack/sensor-defaults.ts';
import { buildEvents } from '../../src/intake/index.ts';
import { NAMES } from '../../src/intake/redact/find-members.ts';
import { TOKEN_PATTERNS } from '../../src/intake/redact/find-tokens.ts';
import { Redactor } from '../../src/intake/redact/redactor.ts';
import * as names from '../../src/intake/redact/secret-names.ts';
import {
  OCSF_SEVERITIES,
  SARIF_LEVELS,
  SEVERITY_WORDS,
  SURICATA_SEVERITIES,
} from '../../src/intake/severity.ts';
import { CONTEXT } from './context.ts';
import { fixtureFiles } from './real-files.ts';
import { REDACTION_CASES } from './redaction-cases.ts';
import { SAMPLES } from './samples.ts';

/**
 * One digest over all that decides what a report becomes: the tables as data, and what the adapters and the
 * redaction make of the committed reports and samples. What it does not see: a change of code that changes none
 * of these outputs; golden.json, over the real files, is the second net.
 */
export function mappingDigest(): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(ATTACK_TABLE_URL));
  hash.update(JSON.stringify({ ...defaults, ...sensors }));
  hash.update(JSON.stringify({ ...names }));
  hash.update(JSON.stringify([NAMES, SEVERITY_WORDS, SARIF_LEVELS, OCSF_SEVERITIES, SURICATA_SEVERITIES]));
  hash.update(JSON.stringify(TOKEN_PATTERNS.map(([kind, pattern]) => [kind, String(pattern)])));
  for (const [, text] of REDACTION_CASES) {
    hash.update(new Redactor().text(text));
  }
  for (const file of [...fixtureFiles(), ...SAMPLES]) {
    const { events, faults } = buildEvents(file, CONTEXT);
    for (const { payload } of events) {
      // The ids hold the version itself, which must be able to change while the mapping stays.
      hash.update(canonicalizeCompat({ ...payload, event_id: '' }).replace(/"mapping_version":"[^"]*"/, ''));
    }
    hash.update(JSON.stringify(faults));
  }
  return hash.digest('hex');
}
