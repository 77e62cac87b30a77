/**
 * Every block of the root's documents, of infra/, of scripts/ and of the auditor's page is run, or says why not; and what is run,
 * some test runs. The READMEs of the apps are not held to this: their blocks are overviews and examples.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isFollowed, readPage } from './page.ts';

const root = new URL('../../../', import.meta.url).pathname;

/** Who follows which page. A page with blocks that are run is named here, or the first test fails. */
const FOLLOWED_BY: Readonly<Record<string, string>> = {
  'README.md': 'scripts/tests/docs/quick-start.test.ts',
  'apps/vectorvue-gateway/AUDIT.md': 'scripts/tests/audit-doc.test.ts',
  'infra/haproxy/README.md': 'scripts/tests/docs/infra-pages.test.ts',
  'infra/postgres/README.md': 'scripts/tests/docs/backup.test.ts',
  'infra/prometheus/README.md': 'scripts/tests/docs/infra-pages.test.ts',
  'infra/systemd/README.md': 'scripts/tests/docs/infra-pages.test.ts',
  'infra/trust/README.md': 'scripts/tests/trust-doc.test.ts',
};

/** Statements, which a test of their own gives to a server. */
const STATEMENTS: Readonly<Record<string, string>> = {
  'infra/postgres/README.md': 'apps/vectorvue-gateway/tests/store/infra-readme.test.ts',
};

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) =>
    /^(?:README|CONTRIBUTING)\.md$|^infra\/|^apps\/[^/]+\/AUDIT\.md$|^scripts\/.*README\.md$/.test(path),
  )
  .map(readPage);

test('the documents are found', () => {
  const paths = pages.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(Object.keys(FOLLOWED_BY)));
  expect(
    new Set(paths.filter((path) => path.startsWith('infra/')).map((path) => path.split('/')[1])).size,
  ).toBe(
    execFileSync('git', ['ls-tree', '--name-only', '-d', 'HEAD', 'infra/'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n').length,
  );
});

describe.each(pages.filter(({ blocks }) => blocks.length > 0).map((page) => [page.path, page] as const))(
  '%s',
  (path, { blocks }) => {
    test('each block is run, or says why it is not', () => {
      const silent = blocks.filter(
        ({ fate, language }) => fate.kind === 'unexplained' && !(language === 'sql' && path in STATEMENTS),
      );
      expect(silent.map(({ line, language, words }) => `${path}:${line}: ${language} ${words}`)).toEqual([]);
    });

    test('what is run is run by a test that names the page', () => {
      if (!blocks.some(isFollowed)) return;
      const by = FOLLOWED_BY[path] ?? 'nobody';
      expect([by, existsSync(root + by)]).toEqual([by, true]);
      expect(readFileSync(root + by, 'utf8')).toContain(`'${path}'`);
    });
  },
);
