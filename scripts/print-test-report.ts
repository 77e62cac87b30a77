import { relative, sep } from 'node:path';

/** What is read of the file that `jest --json` writes. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Unix milliseconds. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const SLOWEST = 15;

/** Counts by package, and the files that took longest: where the next minute of the run could be saved. */
export function printReport(report: JestReport, root: string): void {
  const packages = new Map<string, { passed: number; failed: number; skipped: number; seconds: number }>();
  for (const file of report.testResults) {
    const name = relative(root, file.name).split(`${sep}tests${sep}`)[0] ?? '';
    const counts = packages.get(name) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 };
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    // A file that could not be loaded has no test to count.
    if (file.status === 'failed' && file.assertionResults.length === 0) counts.failed += 1;
    counts.seconds += (file.endTime - file.startTime) / 1000;
    packages.set(name, counts);
  }
  console.log('\npackage: passed, failed, skipped, seconds of its files');
  for (const [name, { passed, failed, skipped, seconds }] of [...packages].sort()) {
    console.log(`  ${name}: ${passed}, ${failed}, ${skipped}, ${seconds.toFixed(0)} s`);
  }
  console.log('slowest files:');
  const byTime = [...report.testResults].sort((a, b) => b.endTime - b.startTime - (a.endTime - a.startTime));
  for (const file of byTime.slice(0, SLOWEST)) {
    console.log(`  ${((file.endTime - file.startTime) / 1000).toFixed(0)} s  ${relative(root, file.name)}`);
  }
}
