import { satisfies } from './spdx.ts';

/** Licences under which anything may come in: permissive, nothing to publish, compatible with Apache-2.0. */
export const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
]);

/** Packages that may stay for a reason of their own. Each is a tool of the workspace; none is installed by a user. */
export const EXCEPTIONS: Readonly<Record<string, { readonly licence: string; readonly reason: string }>> = {
  argparse: {
    licence: 'Python-2.0',
    reason: 'the command line of a linter; permissive, but asks for notices when shipped',
  },
  ...Object.fromEntries(
    [
      '',
      '-darwin-arm64',
      '-darwin-x64',
      '-linux-arm64-gnu',
      '-linux-arm64-musl',
      '-linux-x64-gnu',
      '-linux-x64-musl',
    ].map((platform) => [
      `lightningcss${platform}`,
      {
        licence: 'MPL-2.0',
        reason: "Vite's minifier of style sheets; unchanged, and no part of what it writes",
      },
    ]),
  ),
  isbot: {
    licence: 'Unlicense',
    reason:
      "the router's rendering on a server needs it; no part of the console's files, which are made without that",
  },
  'axe-core': {
    licence: 'MPL-2.0',
    reason: 'judges the accessibility of the console in tests; unmodified, and no part of it is shipped',
  },
  'caniuse-lite': { licence: 'CC-BY-4.0', reason: 'a table of browsers that the test runner reads' },
};

/** One line of `pnpm licenses list --json`. */
export interface LicensedPackage {
  readonly name: string;
  readonly versions: readonly string[];
  readonly license: string;
}

/** `shipped`: installed by whoever installs one of our packages; there no exception counts. */
export function licenceBreaches(packages: readonly LicensedPackage[], shipped: boolean): readonly string[] {
  return packages
    .filter(({ name, license }) => {
      if (satisfies(license, ALLOWED_LICENCES)) return false;
      return shipped || EXCEPTIONS[name]?.licence !== license;
    })
    .map(({ name, versions, license }) => `${name} ${versions.join(', ')}: ${license}`);
}
