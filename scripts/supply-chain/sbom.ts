/**
 * `node scripts/supply-chain/sbom.ts --out FILE`: the bill of materials of what is published, CycloneDX 1.6, made by pnpm
 * from the lockfile and the installed packages, and held against the schema of CycloneDX before it is written.
 *
 * It names what an installation gets: production and optional dependencies of every published package, with digests, and the
 * libraries that the console's files are made of (and what those ask for, though some of it is in no file). It does not name Node itself, the PostgreSQL that PGlite carries in its WASM file, or what the operating
 * system gives.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { filters, pnpm, shippedPackages } from './workspace.ts';

export const CYCLONEDX_VERSION = Spec.Version.v1dot6;

export function makeSbom(): string {
  const spec = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', CYCLONEDX_VERSION];
  return pnpm([...filters(shippedPackages()), 'sbom', '--prod', ...spec, '--sbom-type', 'application']);
}

/** The faults that the schema finds; none: valid. */
export async function sbomFaults(text: string): Promise<readonly string[]> {
  const validator = new Validation.JsonStrictValidator(CYCLONEDX_VERSION);
  const found = await validator.validate(text);
  if (found === null) return [];
  return Array.isArray(found) ? found.map((fault) => JSON.stringify(fault)) : [JSON.stringify(found)];
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const text = makeSbom();
  const faults = await sbomFaults(text);
  for (const fault of faults) console.error(`sbom: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
}
