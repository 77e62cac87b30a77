/**
 * `node scripts/supply-chain/check-licences.ts`: the licence of every installed dependency against the list. Exits 1 and
 * names each that is not on it.
 *
 * What it does not see: packages for other platforms, which are not installed here; a licence text that says something else
 * than the package's manifest; and what a package has copied into itself.
 */
import { type LicensedPackage, licenceBreaches } from './licences.ts';
import { filters, pnpm, publishedPackages } from './workspace.ts';

export interface LicenceReport {
  readonly shipped: number;
  readonly all: number;
  readonly breaches: readonly string[];
}

export function checkLicences(): LicenceReport {
  const shipped = list([...filters(publishedPackages()), 'licenses', 'list', '--json', '--prod']);
  const all = list(['-r', 'licenses', 'list', '--json']);
  const breaches = new Set([...licenceBreaches(shipped, true), ...licenceBreaches(all, false)]);
  return { shipped: shipped.length, all: all.length, breaches: [...breaches].sort() };
}

function list(args: readonly string[]): readonly LicensedPackage[] {
  const byLicence = JSON.parse(pnpm(args)) as Readonly<Record<string, readonly LicensedPackage[]>>;
  return Object.values(byLicence).flat();
}

if (import.meta.main) {
  const { shipped, all, breaches } = checkLicences();
  for (const breach of breaches) console.error(`licence: ${breach}`);
  console.log(`licences: ${all} packages (${shipped} of them shipped), ${breaches.length} not allowed`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}
