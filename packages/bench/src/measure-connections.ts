import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext } from './bench-context.ts';
import type { Job } from './generator-job.ts';
import { targetOf } from './measure-bare.ts';
import { openFileLimit } from './process-memory.ts';
import { type RunningGateway, startGateway } from './programs.ts';
import type { ConnectionsMeasurement } from './report.ts';

/** Files that a process has open beside its connections. */
const OTHER_FILES = 500;

/**
 * What a connection costs a gateway on PostgreSQL: mutual TLS, one event sent, then idle. The memory before is that
 * of a gateway that is warm already, or the first hundreds would pay for what all of them share.
 */
export async function measureConnections(context: BenchContext): Promise<ConnectionsMeasurement | null> {
  const { effort, world, generator } = context;
  const limit = openFileLimit();
  const wanted = effort.idleConnections;
  const connections = limit === null ? wanted : Math.min(wanted, limit - OTHER_FILES);
  const environment = {
    ...world.gatewayEnvironment(context.nextRun(), await context.emptyDatabase()),
    // Ten thousand handshakes take longer than an idle connection usually lives.
    VV_TG_KEEP_ALIVE_SECONDS: '3600',
    // All of them are of one peer, who may usually have 2,000.
    VV_TG_MAX_CONNECTIONS_PER_PEER: '0',
  };
  const gateway = await startGateway(environment);
  try {
    await generator.run({ ...jobFor(context, gateway, effort.connections), mode: 'closed' });
    await sleep(effort.settleMs);
    const before = gateway.memory();
    const { opened, answered } = await generator.idle(jobFor(context, gateway, connections));
    await sleep(effort.settleMs);
    const after = gateway.memory();
    const { opened: alive } = await generator.idle(jobFor(context, gateway, 0));
    if (before === null || after === null) return null;
    return {
      wanted,
      openFileLimit: limit,
      opened,
      answered,
      alive,
      beforeMiB: before.nowMiB,
      afterMiB: after.nowMiB,
      kibPerConnection: ((after.nowMiB - before.nowMiB) * 1024) / Math.max(1, alive),
    };
  } finally {
    await gateway.stop();
  }
}

function jobFor(context: BenchContext, gateway: RunningGateway, connections: number): Job {
  const { effort, world } = context;
  return {
    mode: 'idle',
    target: targetOf(context, gateway.port),
    connections,
    batch: null,
    seconds: effort.verifySeconds,
    warmUpSeconds: 0,
    firstRound: effort.firstRound,
    ratePerSecond: 0,
    run: context.nextRun(),
    signingKeyPath: world.signingKeyPath,
    certificateSha256: world.agent.sha256,
  };
}
