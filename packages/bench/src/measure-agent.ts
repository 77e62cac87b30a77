import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import type { BenchContext } from './bench-context.ts';
import { type RunningGateway, runProgram } from './programs.ts';
import type { AgentMeasurement } from './report.ts';
import { eventId } from './source-events.ts';

/**
 * `spectrastrike-agent send FILE`, from the start of the process to its end: read, check, redact, spool (fsync),
 * sign, deliver, and every event acknowledged as durable by a gateway on PostgreSQL.
 */
export async function measureAgent(
  context: BenchContext,
  gateway: RunningGateway,
): Promise<AgentMeasurement> {
  const { world, source, effort } = context;
  const name = context.nextRun();
  const report = join(world.directory, `report-${name}.jsonl`);
  const lines = Array.from({ length: effort.agentEvents }, (_, index) =>
    reportLine(source.events[index % source.events.length]?.payload ?? {}, eventId(name, index)),
  );
  writeFileSync(report, `${lines.join('\n')}\n`);
  const started = performance.now();
  const finished = await runProgram(
    'agent',
    ['send', report, '--json'],
    world.agentEnvironment(name, gateway.port),
  );
  const seconds = (performance.now() - started) / 1000;
  const delivered = deliveredOf(finished.stdout);
  if (delivered === null) throw new Error(`the agent ended with ${finished.exitCode}\n${finished.stderr}`);
  return { events: effort.agentEvents, seconds, eventsPerSecond: delivered / seconds, delivered };
}

/** A canonical event as a scanner would write it: what the agent measures and derives itself is left out. */
function reportLine(payload: JsonObject, id: string): string {
  const { asset_ref, record, target_urn } = payload.attributes as JsonObject;
  const attributes = { asset_ref: asset_ref ?? null, record: record ?? null, target_urn: target_urn ?? null };
  return canonicalizeCompat({ ...payload, event_id: id, attributes });
}

/** The last line of `send --json` holds the numbers. */
function deliveredOf(stdout: string): number | null {
  try {
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { delivered?: unknown };
    return typeof summary.delivered === 'number' ? summary.delivered : null;
  } catch {
    return null;
  }
}
