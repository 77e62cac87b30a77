/**
 * Load that does not end while trust is changed under it: one agent process that delivers from its spool for the whole
 * time, reports that are spooled beside it before it could run dry, and feedback that is pulled again and again.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { programEnvironment } from '@nyxera/federation-testing';
import { PROGRAMS } from '../demo/processes.ts';
import { runAgent, type World } from '../demo/world.ts';

/** What a report holds at least. */
const SMALLEST_REPORT = 200;
/** What waits in the spool must last for this long at the rate that was seen, or the next report is spooled: spooling
 * is a program that starts, on a busy machine. Seconds. */
const RESERVE_SECONDS = 10;
const POLL_MS = 100;
/** How often the spool is looked at. */
const LOOK_MS = 250;
/** Every pull is a program that starts: besides these there is one after each change, which `nextPull` asks for. */
const PULL_EVERY_MS = 15_000;

/** What became of the events in the agent's own books. */
export interface Spooled {
  readonly events: number;
  readonly delivered: number;
  /** Every attempt of every event. */
  readonly attempts: number;
  readonly duplicates: number;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

export interface Load {
  /** What the delivering process has logged so far. */
  log(): readonly LogLine[];
  /** kids of the feedback that was pulled so far, in order. */
  readonly pulledBy: readonly string[];
  /** Resolves after a pull that began after this call. */
  nextPull(): Promise<void>;
  /** Polls until it holds. Throws where the load has ended by itself, or the delivering process warns of anything. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Spools nothing more, and lets the delivery come to its end. What it said at last. */
  stop(): Promise<{ readonly exitCode: number | null; readonly summary: unknown }>;
  /** After a failure: no process is left. */
  kill(): Promise<void>;
}

/** Without the line that is still being written. What is no JSON is a warning for a person. */
function whole(text: string): readonly LogLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => (one.startsWith('{') ? (JSON.parse(one) as LogLine) : { level: 'warn', message: one }));
}

/** The spool must have been drained once: before, there is neither a lane nor a gateway to speak of. */
export async function startLoad(world: World): Promise<Load> {
  sendSingly(world);
  let going = true;
  let reports = 0;
  const pulledBy: string[] = [];
  let [pullsBegun, pullsEnded] = [0, 0];
  let pullNow = (): void => undefined;
  const faults: string[] = [];
  const spoolReport = async (size: number): Promise<void> => {
    const file = join(world.directory, `load-${reports}.jsonl`);
    const lines = Array.from({ length: size }, (_, index) => line(`load-${reports}-${index}`));
    writeFileSync(file, lines.join(''));
    reports += 1;
    const { exitCode, stdout, stderr } = await runAgent(world, ['send', '--no-wait', file]);
    // 2: spooled, and not delivered yet.
    if (exitCode !== 2) faults.push(`spooling: ${exitCode} ${stdout} ${stderr}`);
  };
  await spoolReport(3 * SMALLEST_REPORT);
  const beganAt = performance.now();
  const reserveOf = (delivered: number): number => {
    const perSecond = (1000 * delivered) / (performance.now() - beganAt);
    return Math.max(SMALLEST_REPORT, Math.ceil(RESERVE_SECONDS * perSecond));
  };
  const agent = startDelivery(world);
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (going && faults.length === 0) await work();
  };
  const loops = Promise.all([
    repeat(async () => {
      const { events, delivered } = spooled(world);
      const wanted = reserveOf(delivered);
      await (events - delivered < wanted ? spoolReport(wanted) : sleep(LOOK_MS));
    }),
    repeat(async () => {
      pullsBegun += 1;
      const pulled = await runAgent(world, ['feedback', 'pull', '--no-anchor']);
      const { accepted, kid } = (pulled.json ?? {}) as { accepted?: boolean; kid?: string };
      if (pulled.exitCode === 0 && accepted === true && kid !== undefined) pulledBy.push(kid);
      else faults.push(`feedback pull: ${pulled.exitCode} ${pulled.stdout} ${pulled.stderr}`);
      pullsEnded += 1;
      if (!going) return;
      await Promise.race([sleep(PULL_EVERY_MS), new Promise<void>((resolve) => (pullNow = resolve))]);
    }),
  ]);
  // Whoever waits is told by `until`; the loops themselves are awaited at the end.
  loops.catch((error: unknown) => faults.push(String(error)));
  const until: Load['until'] = async (what, holds) => {
    while (!(await holds())) {
      if (faults.length > 0) throw new Error(`the load has ended before ${what}: ${faults.join('\n')}`);
      const warned = whole(agent.stderr()).find(({ level }) => level !== 'info');
      if (warned !== undefined) throw new Error(`before ${what} the agent says ${JSON.stringify(warned)}`);
      if (agent.child.exitCode !== null) {
        throw new Error(`the delivery has ended before ${what}: ${agent.stdout()} ${agent.stderr()}`);
      }
      await sleep(POLL_MS);
    }
  };
  return {
    log: () => whole(agent.stderr()),
    pulledBy,
    nextPull: () => {
      const begun = pullsBegun;
      return until('the next pull has ended', () => {
        pullNow();
        return pullsEnded > begun;
      });
    },
    until,
    stop: async () => {
      going = false;
      pullNow();
      await loops;
      if (faults.length > 0) throw new Error(faults.join('\n'));
      const exitCode = await agent.ended;
      return { exitCode, summary: JSON.parse(agent.stdout().trimEnd().split('\n').at(-1) ?? 'null') };
    },
    kill: async () => {
      going = false;
      pullNow();
      agent.child.kill('SIGKILL');
      await Promise.allSettled([loops, agent.ended]);
    },
  };
}

export function spooled(world: World): Spooled {
  const sql = `SELECT count(*) AS events, coalesce(sum(state = 'delivered'), 0) AS delivered,
                      coalesce(sum(attempts), 0) AS attempts, coalesce(sum(duplicate), 0) AS duplicates FROM events`;
  const row = withState(world, (db) => db.prepare(sql).get());
  return { ...row } as unknown as Spooled;
}

/** As after a gateway without batches: many requests instead of a few large ones. */
function sendSingly(world: World): void {
  const hourMs = 3_600_000;
  withState(world, (db) =>
    db
      .prepare(
        'INSERT OR REPLACE INTO gateway_batches (gateway, supported, singles_until_ms) VALUES (?, 0, ?)',
      )
      .run(String(world.agentEnvironment.VECTORVUE_FEDERATION_URL), Date.now() + hourMs),
  );
}

function withState<T>(world: World, work: (db: DatabaseSync) => T): T {
  const file = join(String(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR), 'agent.db');
  if (!existsSync(file)) throw new Error('the agent has no state yet');
  const db = new DatabaseSync(file, { timeout: 10_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function startDelivery(world: World): {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout(): string;
  stderr(): string;
} {
  const child = spawn(process.execPath, [PROGRAMS.agent, 'send', '--wait', '60', '--json'], {
    env: programEnvironment(world.agentEnvironment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

function line(eventId: string): string {
  return `${JSON.stringify({
    event_id: eventId,
    event_type: 'ROTATION_TEST',
    source_system: 'test',
    severity: 'info',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: 'host-1' },
  })}\n`;
}
