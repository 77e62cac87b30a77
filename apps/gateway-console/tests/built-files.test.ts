import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { licenceBreaches } from '../../../scripts/supply-chain/licences.ts';

const dist = new URL('../dist/', import.meta.url);

/** Issue 7: the first view, compressed, in bytes. */
const BUDGET = 250_000;

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

function read(name: string): Buffer {
  return readFileSync(new URL(name, dist));
}

/** Everything that a browser loads for the named entries, what they import included. */
function filesOf(entries: readonly string[]): ReadonlySet<string> {
  const manifest = JSON.parse(read('manifest.json').toString('utf8')) as Readonly<Record<string, Chunk>>;
  const files = new Set<string>();
  const add = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`the manifest has no ${name}`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    chunk.imports?.forEach(add);
  };
  entries.forEach(add);
  return files;
}

describe('the built files', () => {
  test('the first view is within its budget: page, shell, overview', () => {
    const files = ['index.html', 'theme.js', ...filesOf(['index.html', 'src/views/overview/overview.tsx'])];
    const bytes = files.reduce((sum, file) => sum + gzipSync(read(file)).length, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(BUDGET);
  });

  test('the page has nothing inline, and nothing from elsewhere', () => {
    const page = read('index.html').toString('utf8');
    expect(page.match(/<script(?![^>]*\bsrc="\/console\/)[^>]*>/g)).toBeNull();
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|https?:|\/\/[a-z]/);
    const sheets = readdirSync(new URL('assets/', dist)).filter((name) => name.endsWith('.css'));
    expect(sheets.length).toBeGreaterThan(0);
    for (const sheet of sheets) {
      // What would be fetched from another host, or needs an exception in the policy.
      expect(read(`assets/${sheet}`).toString('utf8')).not.toMatch(
        /@import|url\(\s*["']?(?:https?:|\/\/|data:)/,
      );
    }
  });

  test('the licences of what is in the files go along, and each is one that may be shipped', () => {
    const licences = read('licences.md').toString('utf8');
    const found = [...licences.matchAll(/^## (\S+) - (\S+) \((.+)\)$/gm)].map(
      ([, name = '', version = '', license = '']) => ({ name, versions: [version], license }),
    );
    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['react-dom', '@base-ui/react', 'uplot']),
    );
    expect(licenceBreaches(found, true)).toEqual([]);
  });
});
