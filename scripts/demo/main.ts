/**
 * `npm run demo`: both ends on this machine, the main job on real input, then everything an enemy would try.
 * `--postgres` does the same on a real PostgreSQL. Exits 0 only if every step was as it had to be, and leaves
 * nothing running. It is also the end-to-end smoke test of `npm test`.
 */
import { relative } from 'node:path';
import { REPORTS } from './federate.ts';
import { Report } from './report.ts';
import { runStory, type ToldStory } from './run-story.ts';
import { showConsole } from './show-console.ts';
import { ROOT, readStoryOptions } from './story-options.ts';

function summarise(report: Report, story: ToldStory, out: string): void {
  const { sent, audit, verified, key } = story;
  const failed = report.steps.filter((step) => !step.ok);
  if (failed.length === 0) {
    report.chapter('What you just saw');
    report.say(
      `${REPORTS.length} reports became ${sent} stored events, each provable from the bytes its sender signed.`,
    );
    report.say('One finding among them came back as signed feedback and turned an "allow" into a "deny".');
    report.say(
      'Replays, forgeries, foreign tenants, strangers, downgrades and lying gateways were refused by name.',
    );
    report.say(`Every decision is one of ${audit.entries} entries in an audit log that verifies.`);
  } else {
    report.chapter('Not everything was as it had to be');
    for (const step of failed) report.say(`FAILED: ${step.name}: ${step.observed}`);
  }
  if (verified.exitCode !== 0) report.say(`FAILED: the evidence does not verify: ${verified.stdout}`);
  const passed = report.steps.length - failed.length;
  report.say(`${passed} of ${report.steps.length} steps as expected.`);
  report.say(`Evidence: ${relative(ROOT, out)} (open report.html). An auditor checks it offline with:`);
  report.say(`  vectorvue-gateway audit verify-proof ${relative(ROOT, out)} --key ${key}`);
}

async function main(): Promise<number> {
  const options = readStoryOptions('npm run demo --', true);
  if (options === null) return 0;
  const report = new Report();
  const story = await runStory(report, options, async (world, told) => {
    summarise(report, told, options.out);
    if (options.console) await showConsole(world, report);
  });
  return report.allOk && story.verified.exitCode === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
