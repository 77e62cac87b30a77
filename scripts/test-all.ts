/**
 * Everything that `npm test` promises after the install: build, lint, repository rules, type check and every
 * test of every package, and as the last line `N passed, N failed, N skipped`.
 *
 * A build, lint or type failure counts as one failed test and the rest still runs, so that one look at the
 * output shows everything that is wrong.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installSystemPackages } from './install-system-packages.ts';
import { type JestReport, printReport } from './print-test-report.ts';

const root = new URL('..', import.meta.url).pathname;
const resultsDirectory = join(root, '.test-results');
/** Databases that every test file would otherwise initialise anew (packages/testing, `fromTemplate`). */
const templates = join(resultsDirectory, 'templates');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const TESTED_PACKAGES = [
  'packages/protocol',
  'packages/key-custody',
  'packages/certificates',
  'packages/cli',
  'packages/testing',
  'apps/spectrastrike-agent',
  'apps/vectorvue-gateway',
  'apps/gateway-console',
  'packages/bench',
  'packages/faults',
  'packages/fuzz',
  'scripts',
];

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

function run(command: string, args: readonly string[], cwd: string = root): boolean {
  const result = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: '1',
      FORCE_COLOR: process.env.FORCE_COLOR ?? '0',
      NYXERA_TEST_TEMPLATES: templates,
    },
  });
  return result.status === 0;
}

function step(name: string, command: string, args: readonly string[], totals: Totals): void {
  console.log(`\n== ${name}`);
  if (run(command, args)) {
    console.log(`== ${name}: ok`);
    return;
  }
  totals.failed += 1;
  console.error(`== ${name}: FAILED`);
}

/**
 * One run over all packages: at the end of each package its longest file would otherwise leave a processor idle, and
 * a file of the next one can use it.
 */
function testPackages(totals: Totals): void {
  console.log('\n== tests of every package');
  const config = join(resultsDirectory, 'jest.config.json');
  const output = join(resultsDirectory, 'jest.json');
  writeFileSync(config, JSON.stringify(projects()));
  const exitedCleanly = run(process.execPath, [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    // For the workers too, which live long and have much that is old: fewer collections of what is young, a tenth less work.
    '--max-semi-space-size=64',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config',
    config,
    // One more than the processors of a small machine: much of what is tested is other processes, and waiting for them.
    '--maxWorkers=3',
    '--json',
    `--outputFile=${output}`,
  ]);
  if (!existsSync(output)) {
    totals.failed += 1;
    console.error('== tests: the runner died before it could report');
    return;
  }
  const report = JSON.parse(readFileSync(output, 'utf8')) as JestReport;
  printReport(report, root);
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  totals.skipped += report.numPendingTests + report.numTodoTests;
  // A runner that failed without a failed test (a leak, a crash after the report) must not pass unseen.
  if (!exitedCleanly && report.numFailedTests + report.numRuntimeErrorTestSuites === 0) totals.failed += 1;
}

function projects(): Record<string, unknown> {
  const { errorOnDeprecated, testTimeout, ...project } = JSON.parse(
    readFileSync(join(root, 'jest.config.json'), 'utf8'),
  ) as Record<string, unknown>;
  return {
    rootDir: root,
    testTimeout,
    errorOnDeprecated,
    // Modules of a finished file are not always freed by the runner; a worker that has grown starts anew.
    workerIdleMemoryLimit: '2GB',
    testSequencer: join(root, 'scripts/longest-first.ts'),
    projects: TESTED_PACKAGES.map((directory) => ({
      ...project,
      testTimeout,
      // jest.config.json names it as seen from a package, and the scripts are not as deep.
      testEnvironment: join(root, 'scripts/test-environment.mjs'),
      displayName: directory,
      rootDir: join(root, directory),
    })),
  };
}

function main(): number {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  rmSync(resultsDirectory, { recursive: true, force: true });
  mkdirSync(templates, { recursive: true, mode: 0o700 });
  installSystemPackages();
  if (!existsSync(join(root, '..', 'shared'))) {
    console.log('../shared is absent: the tests that need its data and vectors are skipped, and counted so.');
  }
  step('build', bin('turbo'), ['run', 'build', '--output-logs=errors-only'], totals);
  step('lint', bin('biome'), ['check', '--error-on-warnings', '.'], totals);
  step('repository rules', process.execPath, ['scripts/check-repo-rules.ts'], totals);
  step('type check', bin('turbo'), ['run', 'typecheck', '--output-logs=errors-only'], totals);
  testPackages(totals);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

process.exitCode = main();
