import { fileURLToPath } from 'node:url';
import type { BenchContext } from './bench-context.ts';
import { forkFile, nextMessage, stopChild } from './child.ts';
import type { SpoolFilling } from './fill-spool-process.ts';
import { type RunningGateway, runProgram } from './programs.ts';
import type { SpoolMeasurement } from './report.ts';
import { countStored } from './stored.ts';

/**
 * `status`, and then `send` for a bounded time, of an agent whose spool is full: its memory, and how fast it drains
 * into a gateway on PostgreSQL. The spool is filled by the agent's own code (`fill-spool-process.ts`).
 */
export async function measureSpool(
  context: BenchContext,
  gateway: RunningGateway,
  databaseUrl: string,
): Promise<SpoolMeasurement> {
  const { world, effort } = context;
  const name = context.nextRun();
  const environment = world.agentEnvironment(name, gateway.port);
  const before = await countStored(databaseUrl);
  const fillSeconds = await fillSpool({
    dataDirectory: environment.SPECTRASTRIKE_DATA_DIR ?? '',
    gatewayUrl: environment.VECTORVUE_FEDERATION_URL ?? '',
    events: effort.spooledEvents,
    sourceEvents: effort.sourceEvents,
    run: name,
  });
  const asked = performance.now();
  const status = await runProgram('agent', ['status', '--json'], environment);
  const statusSeconds = (performance.now() - asked) / 1000;
  const started = performance.now();
  const finished = await runProgram('agent', ['send', '--json'], environment, effort.drainSeconds * 1000);
  const seconds = (performance.now() - started) / 1000;
  const sent = lastLine(finished.stdout);
  if (sent === null) throw new Error(`the agent ended with ${finished.exitCode}\n${finished.stderr}`);
  const after = await countStored(databaseUrl);
  return {
    spooled: effort.spooledEvents,
    fillSeconds,
    pendingInStatus: lastLine(status.stdout)?.pending ?? null,
    statusSeconds,
    statusPeakMiB: status.memory?.peakMiB ?? null,
    delivered: sent.delivered ?? 0,
    eventsStored: after.events - before.events,
    seconds,
    eventsPerSecond: (sent.delivered ?? 0) / seconds,
    peakMiB: finished.memory?.peakMiB ?? null,
  };
}

async function fillSpool(filling: SpoolFilling): Promise<number> {
  const started = performance.now();
  const child = await forkFile(fileURLToPath(new URL('fill-spool-process.ts', import.meta.url)), null);
  try {
    child.send(filling);
    const message = (await nextMessage(child)) as { spooled?: number; fault?: string };
    if (message.spooled !== filling.events) throw new Error(`the spool was not filled: ${message.fault}`);
    return (performance.now() - started) / 1000;
  } finally {
    await stopChild(child);
  }
}

/** The numbers of `--json`, which are in the last line. */
function lastLine(stdout: string): { readonly delivered?: number; readonly pending?: number } | null {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { delivered?: number; pending?: number };
  } catch {
    return null;
  }
}
