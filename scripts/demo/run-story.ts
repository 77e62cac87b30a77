/** The whole story, from a new world to a folder that proves it. `npm run demo` and `scripts/e2e-smoke` both run this. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveReport } from '../evidence/leave-report.ts';
import { closeTheLoop, REPORTS, sendReports, showFindings } from './federate.ts';
import { lieToTheAgent } from './hostile-gateway.ts';
import type { Finished } from './processes.ts';
import { type LeftEvidence, proveTheLog, sealFolder, verifyFolder } from './prove.ts';
import { countEvents, tryToBreakIn } from './refusals.ts';
import type { Report } from './report.ts';
import { buildWorld, TENANT, type World } from './world.ts';

export interface StoryOptions {
  readonly postgres: boolean;
  /** Folder for the evidence; must not exist yet. */
  readonly out: string;
}

export interface ToldStory extends LeftEvidence {
  readonly sent: number;
  /** What the check of the folder said, after everything had come into it. */
  readonly verified: Finished;
}

/** `afterwards` has the world as the story left it, its gateway ended, before everything is removed. */
export async function runStory(
  report: Report,
  { postgres, out }: StoryOptions,
  afterwards: (world: World, story: ToldStory) => Promise<void> = async () => {},
): Promise<ToldStory> {
  const directory = mkdtempSync(join(tmpdir(), 'nyxera-demo-'));
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    let databaseUrl: string | null = null;
    if (postgres) {
      const { startPostgres } = await import('@nyxera/federation-testing/postgres');
      const server = await startPostgres();
      cleanups.push(() => server.stop());
      databaseUrl = await server.createDatabase();
    }
    const world = await buildWorld(directory, databaseUrl);
    cleanups.push(() => world.gateway.stop());
    const story = await tellTheStory(world, report, out);
    await afterwards(world, story);
    return story;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch(() => undefined);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function tellTheStory(world: World, report: Report, out: string): Promise<ToldStory> {
  const started = new Date();
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
  const left = await proveTheLog(world, report, out);
  const events = await countEvents(world);
  const exitCode = await world.gateway.stop();
  report.add({
    name: 'the gateway ends when it is told to',
    expected: 'exit 0',
    observed: `exit ${exitCode}`,
    ok: exitCode === 0,
    evidence: {},
  });
  report.write(out, {
    started: started.toISOString(),
    database: world.gateway.database,
    tenant: TENANT,
    counts: { reports: REPORTS.length, events, steps: report.steps.length },
    audit: left.audit,
    ocsf: left.ocsf,
  });
  await leaveReport(world, report, out, { ...left, started });
  await sealFolder(out);
  return { ...left, sent, verified: await verifyFolder(out, left.key) };
}
