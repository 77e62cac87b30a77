/**
 * The order of a run of the whole suite: what takes longest begins first, so that no long file is left alone on one
 * processor at the end. Jest goes by the size of files where it knows nothing better, and the longest of ours are small:
 * they start programs, or take their specs from elsewhere.
 */
import { statSync } from 'node:fs';

interface TestFile {
  readonly path: string;
}

/** Ends of paths, the longest first; as the last report of a run says. */
const LONGEST = [
  'gateway-console/tests/console-in-browser.test.ts',
  'scripts/tests/witness.test.ts',
  'scripts/tests/rotation.test.ts',
  'scripts/tests/daemon-survives.test.ts',
  'bench/tests/bench.test.ts',
  'faults/tests/short-faults.test.ts',
  'scripts/tests/trust-doc.test.ts',
  'tests/workers/workers.test.ts',
  'scripts/tests/demo.test.ts',
  'scripts/tests/kill-nine.test.ts',
  'scripts/tests/rotate-keys.test.ts',
  'fuzz/tests/planted-bugs.test.ts',
  'scripts/tests/batches.test.ts',
];

class LongestFirst {
  sort(tests: readonly TestFile[]): TestFile[] {
    const weighed = tests.map((test) => {
      const place = LONGEST.findIndex((end) => test.path.endsWith(end));
      return { test, place: place < 0 ? LONGEST.length : place, bytes: statSync(test.path).size };
    });
    return weighed.sort((a, b) => a.place - b.place || b.bytes - a.bytes).map(({ test }) => test);
  }

  /** Of a watching run, and of one on several machines; ours is neither. */
  allFailedTests(tests: readonly TestFile[]): TestFile[] {
    return [...tests];
  }

  shard(tests: readonly TestFile[]): readonly TestFile[] {
    return tests;
  }

  cacheResults(): void {
    // The list above is what is known.
  }
}

// biome-ignore lint/style/noDefaultExport: Jest takes the default export of its sequencer.
export default LongestFirst;
