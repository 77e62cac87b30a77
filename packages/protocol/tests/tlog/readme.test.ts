import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { TLOG_CODES } from '../../src/tlog/tlog-result.ts';

test('the README lists every code of the transparency log', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const section = readme.slice(readme.indexOf('## Transparency log'), readme.indexOf('## Numbers'));
  const listed = [...section.matchAll(/^\| `([a-z_]+)` +\| [A-Z][^|]*\. *\|$/gm)].map(([, code]) => code);
  expect(listed).toEqual([...TLOG_CODES]);
});
