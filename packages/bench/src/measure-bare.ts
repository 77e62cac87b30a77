import { fileURLToPath } from 'node:url';
import type { BenchContext } from './bench-context.ts';
import { forkFile, nextMessage, stopChild } from './child.ts';
import type { BareMeasurement } from './report.ts';

/** Requests a second of a server that only does mutual TLS and HTTP, for the same requests as the gateway's. */
export async function measureBare(
  context: BenchContext,
  kind: BareMeasurement['kind'],
): Promise<BareMeasurement> {
  const { world, effort, generator } = context;
  const child = await forkFile(fileURLToPath(new URL('bare-server-process.ts', import.meta.url)), null);
  try {
    child.send({
      kind,
      caPath: world.caPath,
      certPath: world.server.certPath,
      keyPath: world.server.keyPath,
    });
    const port = Number(await nextMessage(child));
    const result = await generator.run({
      mode: 'closed',
      target: targetOf(context, port),
      connections: effort.connections,
      batch: null,
      seconds: effort.seconds / 2,
      warmUpSeconds: effort.warmUpSeconds,
      firstRound: effort.firstRound,
      ratePerSecond: 0,
      run: context.nextRun(),
      signingKeyPath: world.signingKeyPath,
      certificateSha256: world.agent.sha256,
    });
    return { kind, requestsPerSecond: result.requestsPerSecond, generatorBusy: result.busy };
  } finally {
    await stopChild(child);
  }
}

export function targetOf({ world }: BenchContext, port: number) {
  const { certPath, keyPath } = world.agent;
  return { host: '127.0.0.1', port, caPath: world.caPath, certPath, keyPath };
}
