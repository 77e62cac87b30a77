import type { BenchContext } from './bench-context.ts';
import { measureGateway, type Way } from './measure-gateway.ts';
import type { GatewayMeasurement, IdleMeasurement } from './report.ts';

/** Two workers where there are two cores to run them; batches of 1000 are the largest work that one request can be. */
const TWO_WORKERS: readonly Way[] = [
  { database: 'postgresql', workers: 2, batch: null },
  { database: 'postgresql', workers: 2, batch: 1000 },
];

export interface GatewayMeasurements {
  readonly gateways: readonly GatewayMeasurement[];
  /** Of those that were measured with single events, before the first one. */
  readonly idle: readonly IdleMeasurement[];
  readonly notMeasured: readonly string[];
}

/** Every way in which a gateway is measured at its maximum; `between` runs after each. */
export async function measureGateways(
  context: BenchContext,
  between: () => void,
): Promise<GatewayMeasurements> {
  const { effort, say } = context;
  const batchWays = (database: Way['database'], batches: readonly number[]): Way[] =>
    [null, ...batches].map((batch) => ({ database, batch }));
  const idle: IdleMeasurement[] = [];
  const ways = [
    ...batchWays('postgresql', effort.batches),
    ...TWO_WORKERS,
    ...batchWays('embedded', effort.embeddedBatches),
  ];
  const gateways: GatewayMeasurement[] = [];
  const notMeasured: string[] = [];
  for (const way of ways) {
    const name = `${way.workers ?? 1} of ${way.database}, ${way.batch === null ? 'single events' : `batches of ${way.batch}`}`;
    say(`gateway, ${name}`);
    const isPlain = way.batch === null && way.workers === undefined;
    const onIdle = (rssMiB: number | null) => idle.push({ database: way.database, rssMiB });
    const measured = await measureGateway(context, isPlain ? { ...way, onIdle } : way);
    if (measured === null) notMeasured.push(`${name}: the gateway does not run VV_TG_WORKERS=${way.workers}`);
    else gateways.push(measured);
    between();
  }
  return { gateways, idle, notMeasured };
}
