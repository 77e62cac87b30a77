/**
 * `node scripts/e2e-smoke/main.ts`: the demonstration as a test. The same story, a line for each step, and at the end
 * what the offline check of the evidence says. Exits 0 only if every step was as it had to be and the folder verifies.
 * Needs what `pnpm build` makes.
 */
import { relative } from 'node:path';
import { runProgram } from '../demo/processes.ts';
import { Report } from '../demo/report.ts';
import { runStory } from '../demo/run-story.ts';
import { ROOT, readStoryOptions } from '../demo/story-options.ts';

async function main(): Promise<number> {
  const options = readStoryOptions('node scripts/e2e-smoke/main.ts');
  if (options === null) return 0;
  const { out } = options;
  const report = new Report({ brief: true });
  const { key } = await runStory(report, options);
  const check = await runProgram('gateway', ['audit', 'verify-proof', out, '--key', key], {});
  console.log(`\n${check.stdout}${check.stderr}`);
  const failed = report.steps.filter((step) => !step.ok).length;
  const passed = report.steps.length - failed;
  console.log(`${passed} steps as expected, ${failed} not; evidence in ${relative(ROOT, out)}`);
  return failed === 0 && check.exitCode === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
