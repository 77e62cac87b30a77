import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultKind } from '../fault-kind.ts';
import { AGENT_PROGRAM } from '../gateway-process.ts';
import type { World } from '../world.ts';

const EVENTS = 40;
const ROUNDS = 6;
/** As a shell says it: 128 and the signal. */
const KILLED = 137;

/** SIGKILL of `spectrastrike-agent send` at a random moment, then the same command again, to its end. */
export const agentKill9: FaultKind = {
  name: 'agent-kill9',
  strike: async (world, random, label) => {
    // From before its state is open to when all is delivered, on this kind of machine.
    let killAfterMs = random.between(200, 1_600);
    for (let round = 0; ; round += 1) {
      const report = join(world.directory, `${label}-${round}.jsonl`);
      const ids = Array.from({ length: EVENTS }, (_, index) => `${label}-${round}-${index}`);
      writeFileSync(report, `${ids.map(reportLine).join('\n')}\n`);
      const first = await send(world, report, killAfterMs);
      for (const id of ids) world.history.promised.add(id);
      const { exitCode, output } = await send(world, report, null);
      if (exitCode !== 0) throw new Error(`the agent did not recover: exit code ${exitCode}\n${output}`);
      if (first.exitCode === KILLED) return;
      // It was through before it was killed: that is no fault. Sooner, with another report.
      if (round === ROUNDS) throw new Error('the agent was never killed in time: the fault missed');
      killAfterMs = Math.ceil(killAfterMs / 2);
    }
  },
};

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

/** `killAfterMs`: SIGKILL then; null: to its end, which a minute bounds. */
async function send(
  world: World,
  report: string,
  killAfterMs: number | null,
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(process.execPath, [AGENT_PROGRAM, 'send', report, '--json'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...world.agentEnvironment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8_192);
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs ?? 60_000);
  const exitCode = await new Promise<number>((resolve) =>
    child.once('close', (code) => resolve(code ?? KILLED)),
  );
  clearTimeout(timer);
  return { exitCode, output };
}
