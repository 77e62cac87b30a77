import { spawnSync } from 'node:child_process';
import { expect, jest, test } from '@jest/globals';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import { parseStrictJson } from '../src/strict-json.ts';
import { jsonText } from './json-text.ts';
import { SLOW, seeded, utf8 } from './support.ts';

/** What a deployed peer does, one value a line. */
const PROGRAM = `
import json, sys
for line in sys.stdin.buffer:
    value = json.loads(line.decode("utf-8", "strict"))
    sys.stdout.write(json.dumps(value, sort_keys=True, separators=(",", ":")) + "\\n")
`;

jest.setTimeout(SLOW);

const COUNT = 200_000;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const name = `${COUNT} seeded values: the compat form is what python3's json.dumps prints`;

(hasPython ? test : test.skip)(hasPython ? name : `${name} (needs python3)`, () => {
  const random = seeded(20_260_226);
  // Line ends are white space between tokens, so a text stays on its line by having none.
  const texts = Array.from({ length: COUNT }, () => jsonText(random).replaceAll(/[\n\r]/g, ' '));
  const python = spawnSync('python3', ['-c', PROGRAM], {
    input: `${texts.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  });
  expect(python.stderr).toBe('');
  const lines = python.stdout.split('\n');
  expect(lines.length).toBe(COUNT + 1);
  let different = 0;
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    const result = parseStrictJson(utf8(text));
    const ours = result.ok ? canonicalizeCompat(result.value) : `rejected: ${result.detail}`;
    const theirs = lines[index] ?? '';
    bytes += theirs.length;
    // The flag is found without building the text; here it meets a text that Python built.
    const again = parseStrictJson(utf8(theirs));
    const flagged = again.ok && again.compat && result.ok && result.compat === (text === theirs);
    if ((ours !== theirs || !flagged) && ++different < 5) {
      console.error({ text, ours, theirs, flagged });
    }
  }
  expect(different).toBe(0);
  expect(bytes).toBeGreaterThan(COUNT * 10);
});
