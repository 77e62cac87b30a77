import type { Percentiles } from './percentiles.ts';
import type { GatewayMeasurement, Report } from './report.ts';

const rate = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en-US')}/s`;

/** The report as text, wide enough for a terminal of 110 columns. */
export function printReport(report: Report): string {
  const { machine } = report;
  const ofVerify = (perSecond: number): string =>
    `${(perSecond / report.verifyPerSecond).toFixed(2)} x verify`;
  const ofInsert = (perSecond: number): string =>
    `${(perSecond / report.bareInsertBatchesPerSecond).toFixed(2)} x insert`;
  const load = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
  const row = (name: string, value: string, note = ''): string =>
    `${name.padEnd(44)} ${value.padStart(12)}   ${note}`.trimEnd();
  const lines = [
    '',
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, load before ${load(machine.loadAverageBefore)}, after ${load(machine.loadAverageAfter)}`,
    `events: ${report.source}`,
    machine.generatorCore === null
      ? 'the generator is not pinned: it shares every core with what is measured'
      : `the generator is pinned to core ${machine.generatorCore}; the gateway and PostgreSQL run where the kernel puts them`,
    '',
    row(
      'OpenSSL Ed25519 verify, one core',
      rate(report.verifyPerSecond),
      `${report.verifySamples.length} samples, ${rate(Math.min(...report.verifySamples))} to ${rate(Math.max(...report.verifySamples))}`,
    ),
    row('bare node:https, mTLS', rate(report.bareHttpsPerSecond), ofVerify(report.bareHttpsPerSecond)),
    row('bare Express, mTLS', rate(report.bareExpressPerSecond), ofVerify(report.bareExpressPerSecond)),
    row(
      'bare insert, rows of 100 singles',
      rate(report.bareInsertSinglesPerSecond),
      ofVerify(report.bareInsertSinglesPerSecond),
    ),
    row('bare insert, rows of a batch of 1000', rate(report.bareInsertBatchesPerSecond)),
    ...report.gateways.map((one) =>
      row(nameOf(one), rate(one.eventsPerSecond), noteOf(one, ofVerify, ofInsert)),
    ),
    row(
      'agent send, report to acknowledgement',
      rate(report.agent.eventsPerSecond),
      `${report.agent.delivered} of ${report.agent.events} events in ${report.agent.seconds.toFixed(1)} s, process start included`,
    ),
  ];
  if (report.halfLoad !== null) {
    lines.push(
      row(
        'latency at half load, PostgreSQL singles',
        rate(report.halfLoad.requestsPerSecond),
        quantiles(report.halfLoad.latencyMs),
      ),
    );
  }
  if (report.filled !== null) {
    const { gateway, nonces, events, prepareSeconds } = report.filled;
    lines.push(
      row(
        'single events on a filled store',
        rate(gateway.eventsPerSecond),
        `${nonces} nonces, ${events} events, prepared in ${prepareSeconds.toFixed(0)} s`,
      ),
    );
  }
  lines.push('', ...report.notBuilt.map((text) => `not measured: ${text}`), '');
  for (const goal of report.goals) {
    const measured = goal.measured === null ? '-' : goal.measured.toFixed(2);
    lines.push(
      `${goal.verdict.padEnd(13)} ${goal.name.padEnd(52)} ${measured.padStart(8)}   goal ${goal.goal}`,
    );
  }
  return lines.join('\n');
}

function nameOf(one: GatewayMeasurement): string {
  const what = one.batch === null ? 'single events' : `batches of ${one.batch}`;
  return `gateway, ${one.database === 'embedded' ? 'embedded' : 'PostgreSQL'}, ${what}`;
}

function noteOf(
  one: GatewayMeasurement,
  ofVerify: (value: number) => string,
  ofInsert: (value: number) => string,
): string {
  const refused = Object.entries(one.statuses).filter(([status]) => status !== '202');
  return [
    one.batch === null ? ofVerify(one.eventsPerSecond) : ofInsert(one.eventsPerSecond),
    one.rssMiB === null ? '' : `RSS ${Math.round(one.rssMiB.peakMiB)} MiB`,
    `${Math.round(one.diskBytesPerEvent)} B/event on disk`,
    ...(refused.length === 0 ? [] : [`NOT ACCEPTED: ${JSON.stringify(Object.fromEntries(refused))}`]),
    ...(one.eventsStored === one.eventsSent ? [] : [`STORED ${one.eventsStored} OF ${one.eventsSent}`]),
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function quantiles(latency: Percentiles | null): string {
  if (latency === null) return 'no answer';
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return `p50 ${ms(latency.p50)}, p99 ${ms(latency.p99)}, p99.9 ${ms(latency.p999)}, highest ${ms(latency.max)}`;
}
