/**
 * Writes golden.json, golden-table.md and mapping-digest.json anew: `node tests/intake/make-golden.ts`, in this package, after
 * the protocol package was built. Read the difference before you commit it: a changed row means that reports
 * become other events, which needs another MAPPING_VERSION. Rows of absent files are kept as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { MAPPING_VERSION } from '../../src/intake/index.ts';
import { goldenTable } from './golden-table.ts';
import { mappingDigest } from './mapping-digest.ts';
import { benchFile, fixtureFiles, type GoldenRow, goldenRow, sharedFiles } from './real-files.ts';

const golden = new URL('golden.json', import.meta.url);
const digest = new URL('mapping-digest.json', import.meta.url);

function readIfThere(url: URL): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const rows = readIfThere(golden);
for (const file of [...sharedFiles(), ...fixtureFiles()]) {
  rows[file.name] = goldenRow(file);
}
const bench = benchFile();
if (bench !== null) rows[bench.file.name] = goldenRow(bench.file, bench.adapter);
const sorted = Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(golden, `${JSON.stringify(sorted, null, 2)}\n`);

const table = new URL('golden-table.md', import.meta.url);
writeFileSync(table, goldenTable(sorted as Record<string, GoldenRow>));

const known = readIfThere(digest);
if (process.argv.includes('--same-version') || known.version !== MAPPING_VERSION) {
  writeFileSync(
    digest,
    `${JSON.stringify({ version: MAPPING_VERSION, digest: mappingDigest() }, null, 2)}\n`,
  );
} else if (known.digest !== mappingDigest()) {
  process.stderr.write(
    'The mapping changed: raise MAPPING_VERSION (or, before the first release, --same-version).\n',
  );
  process.exitCode = 1;
}
