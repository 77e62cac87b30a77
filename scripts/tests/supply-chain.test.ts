/**
 * What is shipped: its licences, its bill of materials, the workflows that publish it. Each check is also shown to say no.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkLicences } from '../supply-chain/check-licences.ts';
import { licenceBreaches } from '../supply-chain/licences.ts';
import { lintWorkflow, lintWorkflows } from '../supply-chain/lint-workflows.ts';
import { manifestFaults } from '../supply-chain/pack.ts';
import { publishOrder, tagFaults } from '../supply-chain/release.ts';
import { makeSbom, sbomFaults } from '../supply-chain/sbom.ts';
import { satisfies } from '../supply-chain/spdx.ts';
import { publishedPackages, ROOT, shippedPackages } from '../supply-chain/workspace.ts';

describe('licences', () => {
  test('of every installed dependency are on the list', () => {
    const report = checkLicences();
    expect(report.breaches).toEqual([]);
    expect(report.shipped).toBeGreaterThan(50);
    expect(report.all).toBeGreaterThan(report.shipped);
  });

  test('that are not on the list are named, and an exception of the workspace does not count for what is shipped', () => {
    const found = [
      { name: 'left', versions: ['1.0.0'], license: 'GPL-3.0-only' },
      { name: 'caniuse-lite', versions: ['1.0.0'], license: 'CC-BY-4.0' },
      { name: 'right', versions: ['2.0.0'], license: 'MIT' },
    ];
    expect(licenceBreaches(found, false)).toEqual(['left 1.0.0: GPL-3.0-only']);
    expect(licenceBreaches(found, true)).toEqual([
      'left 1.0.0: GPL-3.0-only',
      'caniuse-lite 1.0.0: CC-BY-4.0',
    ]);
  });

  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only OR MIT AND ISC', true],
    ['(GPL-3.0-only OR MIT) AND GPL-2.0-only', false],
    ['MIT OR', false],
    ['MIT ISC', false],
    ['(MIT', false],
    ['MIT WITH Something', false],
    ['SEE LICENSE IN LICENSE', false],
    ['Unknown', false],
    ['', false],
  ])('%s: %s', (expression, expected) => {
    expect(satisfies(expression, new Set(['MIT', 'ISC']))).toBe(expected);
  });
});

describe('the bill of materials', () => {
  const text = makeSbom();
  const { components } = JSON.parse(text) as {
    readonly components: readonly {
      readonly group?: string;
      readonly name: string;
      readonly version: string;
    }[];
  };

  test('is CycloneDX 1.6, by the schema of CycloneDX, which refuses another', async () => {
    expect(await sbomFaults(text)).toEqual([]);
    expect(await sbomFaults(text.replace('"type": "library"', '"type": "librarian"'))).not.toEqual([]);
  });

  test('names every direct dependency of what is published, at its exact version, and nothing of the workspace alone', () => {
    const named = new Set(
      components.map(
        ({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`,
      ),
    );
    const catalog = readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8');
    let counted = 0;
    for (const { manifest } of shippedPackages()) {
      for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
        if (name.startsWith('@nyxera/')) continue;
        const version = new RegExp(`^ {2}"?${name}"?: (\\S+)$`, 'm').exec(catalog)?.[1];
        expect(named).toContain(`${name}@${version}`);
        counted += 1;
      }
    }
    expect(counted).toBeGreaterThan(15);
    expect(components.map(({ name }) => name)).not.toContain('jest');
  });
});

describe('workflows', () => {
  test('pass actionlint and our own rules', async () => {
    const { files, faults } = await lintWorkflows();
    expect(faults).toEqual([]);
    expect(files).toBeGreaterThanOrEqual(2);
  });

  test('that are wrong are refused, each for its reason', async () => {
    const right = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');
    const messages = async (text: string) =>
      (await lintWorkflow('x.yml', text)).map(({ message }) => message);
    expect(await messages(right.replace('runs-on:', 'run-on:'))).toContain(
      '"runs-on" section is missing in job "build"',
    );
    expect((await messages(right.replace('github.ref_name', 'github.reff'))).join()).toContain(
      '"reff" is not defined',
    );
    expect((await messages(right.replace(/checkout@[0-9a-f]{40}/, 'checkout@v5'))).join()).toContain(
      'not pinned by commit',
    );
    expect((await messages(right.replace(/^permissions:.*$/m, ''))).join()).toContain('no permissions');
    const token = right.replace('github.token', 'secrets.NPM_TOKEN');
    expect((await messages(token)).join()).toContain('a stored token publishes nothing here');
  });
});

test('a package that needs a private one, or hides its provenance, is not published', () => {
  expect(manifestFaults(publishedPackages())).toEqual([]);
  const [agent] = publishedPackages().filter(({ manifest }) => manifest.bin !== undefined);
  if (agent === undefined) throw new Error('no program is published');
  const wrong = {
    ...agent,
    manifest: {
      ...agent.manifest,
      dependencies: { '@nyxera/federation-testing': 'workspace:*' },
      publishConfig: { provenance: false },
    },
  };
  expect(manifestFaults([wrong])).toEqual([
    `${agent.manifest.name}: publishConfig is not public with provenance`,
    `${agent.manifest.name}: it needs @nyxera/federation-testing, which is private`,
  ]);
});

test('a release is of one version, and publishes a package after those that it needs', () => {
  const packages = publishedPackages();
  const version = packages[0]?.manifest.version;
  expect(tagFaults(`v${version}`, packages)).toEqual([]);
  expect(tagFaults('v999.0.0', packages)).toHaveLength(packages.length);
  const order = publishOrder([...packages].reverse());
  for (const { manifest } of packages) {
    for (const needed of Object.keys(manifest.dependencies ?? {}).filter((name) => order.includes(name))) {
      expect(order.indexOf(needed)).toBeLessThan(order.indexOf(manifest.name));
    }
  }
  const circle = packages.map((found) => ({
    ...found,
    manifest: { ...found.manifest, dependencies: Object.fromEntries(order.map((name) => [name, '1.0.0'])) },
  }));
  expect(() => publishOrder(circle)).toThrow('these need each other');
});
