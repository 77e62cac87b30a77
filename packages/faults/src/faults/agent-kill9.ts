import { type ChildProcess, spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programEnvironment } from '@nyxera/federation-testing';
import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import { AGENT_PROGRAM } from '../gateway-process.ts';
import { countEvents } from '../ledger.ts';
import type { World } from '../world.ts';

const EVENTS = 40;
const ROUNDS = 6;
/** No promise about time, but for what never ends. */
const PATIENCE_MS = 240_000;

/** When it is killed: at a random time, as soon as its state file was written to, or while the gateway commits. */
const MOMENTS = ['at any moment', 'as its spool was written', 'as its events were committed'] as const;
type Moment = (typeof MOMENTS)[number];

/** SIGKILL of `spectrastrike-agent send`, then the same command again, to its end. */
export const agentKill9: FaultKind = {
  name: 'agent-kill9',
  strike: async (world, random, label) => {
    const moment = random.pick(MOMENTS);
    // From before its state is open to when all is delivered, on this kind of machine.
    let killAfterMs = random.between(200, 1_600);
    for (let round = 0; ; round += 1) {
      const report = join(world.directory, `${label}-${round}.jsonl`);
      const ids = Array.from({ length: EVENTS }, (_, index) => `${label}-${round}-${index}`);
      writeFileSync(report, `${ids.map(reportLine).join('\n')}\n`);
      const first = await send(world, report, (child) => kill(world, child, moment, killAfterMs));
      const delivered = await countEvents(world.databaseUrl, `${label}-${round}-`);
      const second = await send(world, report, async () => undefined);
      if (second.ended !== '0') {
        throw new Error(`the agent did not recover: it ended with ${second.ended}\n${second.output}`);
      }
      for (const id of ids) world.history.promised.add(id);
      if (first.ended === 'SIGKILL') return `${moment}, ${describe(delivered)}`;
      // It was through before it was killed: that is no fault. Sooner, with another report.
      if (round === ROUNDS) throw new FaultMissed('the agent was never killed in time');
      killAfterMs = Math.ceil(killAfterMs / 2);
    }
  },
};

async function kill(world: World, child: ChildProcess, moment: Moment, afterMs: number): Promise<void> {
  const before = spoolSize(world);
  if (moment === 'at any moment') await sleep(afterMs);
  else if (moment === 'as its events were committed') await world.databaseProxy.nextCommit();
  else while (spoolSize(world) === before && child.exitCode === null) await sleep(1);
  child.kill('SIGKILL');
}

/** Bytes of the spool's write-ahead log and of the file behind it. */
function spoolSize(world: World): number {
  const directory = world.agentEnvironment.SPECTRASTRIKE_DATA_DIR ?? '';
  return ['agent.db', 'agent.db-wal'].reduce(
    (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** How far it had come, by what the database holds when it is dead. */
function describe(delivered: number): string {
  if (delivered === 0) return 'none delivered';
  return delivered < EVENTS ? 'some delivered' : 'all delivered';
}

function reportLine(eventId: string): string {
  return JSON.stringify({
    event_id: eventId,
    event_type: 'EXECUTION_SUCCEEDED',
    source_system: 'faults',
    severity: 'high',
    observed_at: '2026-01-02T03:04:05Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: '192.0.2.1', target_urn: 'urn:target:ip:192.0.2.1', status: 'succeeded' },
  });
}

/** To its end, which is bounded; `meanwhile` may make it an early one. */
async function send(
  world: World,
  report: string,
  meanwhile: (child: ChildProcess) => Promise<void>,
): Promise<{ ended: string; output: string }> {
  const child = spawn(process.execPath, [AGENT_PROGRAM, 'send', report, '--json'], {
    env: programEnvironment(world.agentEnvironment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8_192);
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  void meanwhile(child);
  const ended = await new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? String(code))),
  );
  clearTimeout(timer);
  return { ended, output };
}
