import type { Percentiles } from './percentiles.ts';
import { printGateway } from './print-gateway.ts';
import { mebibytes, rate, row } from './print-row.ts';
import type { Goal, Report } from './report.ts';

/** The report as text, wide enough for a terminal of 120 columns. */
export function printReport(report: Report): string {
  const ofVerify = (perSecond: number): string =>
    `${(perSecond / report.verifyPerSecond).toFixed(2)} x verify`;
  const { verifySamples: samples } = report;
  return [
    '',
    ...machineLines(report),
    '',
    row(
      'OpenSSL Ed25519 verify, one core',
      rate(report.verifyPerSecond),
      `${samples.length} samples, ${rate(Math.min(...samples))} to ${rate(Math.max(...samples))}`,
    ),
    ...report.bare.map((one) =>
      row(
        one.kind === 'https' ? 'bare node:https, mTLS' : 'bare Express, mTLS',
        rate(one.requestsPerSecond),
        `${ofVerify(one.requestsPerSecond)}, generator ${percent(one.generatorBusy)} busy`,
      ),
    ),
    row(
      'bare insert, rows of 100 singles',
      rate(report.bareInsertSinglesPerSecond),
      ofVerify(report.bareInsertSinglesPerSecond),
    ),
    row('bare insert, rows of a batch of 1000', rate(report.bareInsertBatchesPerSecond)),
    ...report.gateways.map((one) => printGateway(one, report)),
    ...agentLines(report),
    ...latencyLines(report),
    ...memoryLines(report),
    ...filledLines(report),
    '',
    ...report.notMeasured.map((text) => `not measured: ${text}`),
    ...(report.notMeasured.length === 0 ? [] : ['']),
    ...report.goals.map(goalLine),
  ].join('\n');
}

export function machineLines({ machine, source }: Pick<Report, 'machine' | 'source'>): string[] {
  const load = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
  return [
    `${machine.cores} cores (${machine.cpu}), ${Math.round(machine.memoryMiB / 1024)} GiB, Node ${machine.node}, load before ${load(machine.loadAverageBefore)}, after ${load(machine.loadAverageAfter)}`,
    `events: ${source}`,
    machine.generatorCore === null
      ? 'the generator is not pinned: it shares every core with what is measured'
      : `the generator is pinned to core ${machine.generatorCore}; the gateway and PostgreSQL run where the kernel puts them`,
    `PostgreSQL: ${machine.postgresSettings.join(' ')}`,
  ];
}

function agentLines({ agent, spool }: Report): string[] {
  const { peakMiB, statusSeconds, statusPeakMiB } = spool;
  return [
    row(
      'agent send, report to acknowledgement',
      rate(agent.eventsPerSecond),
      `${agent.delivered} of ${agent.events} events in ${agent.seconds.toFixed(1)} s, process start included`,
    ),
    row(
      `agent send, ${spool.spooled.toLocaleString('en-US')} in its spool`,
      rate(spool.eventsPerSecond),
      `${spool.delivered} in ${spool.seconds.toFixed(1)} s, RSS ${mebibytes(peakMiB)}; filled in ${spool.fillSeconds.toFixed(0)} s`,
    ),
    row(
      'agent status, the same spool',
      `${statusSeconds.toFixed(2)} s`,
      `RSS ${mebibytes(statusPeakMiB)}, ${spool.pendingInStatus ?? '-'} pending`,
    ),
  ];
}

function latencyLines({ halfLoad }: Report): string[] {
  if (halfLoad === null) return [];
  return [
    row(
      'latency at half load, PostgreSQL singles',
      rate(halfLoad.requestsPerSecond),
      quantiles(halfLoad.latencyMs),
    ),
    row('of it the generator, late by itself', '', quantiles(halfLoad.generatorLateMs)),
    row('beside it 8 KiB and fdatasync, same disk', '', quantiles(halfLoad.diskMs)),
  ];
}

function memoryLines({ connections, idle }: Report): string[] {
  const lines = idle.map(({ database, rssMiB }) =>
    row(`gateway, ${database === 'embedded' ? 'embedded' : 'PostgreSQL'}, idle`, mebibytes(rssMiB)),
  );
  if (connections === null) return lines;
  const { alive, answered, wanted, beforeMiB, afterMiB, openFileLimit } = connections;
  const why =
    alive < wanted ? ` (${wanted} asked for; open files are limited to ${openFileLimit ?? '?'})` : '';
  lines.push(
    row(
      `idle connections, ${alive.toLocaleString('en-US')}, PostgreSQL`,
      `${connections.kibPerConnection.toFixed(1)} KiB`,
      `each; ${answered} had sent an event; ${mebibytes(beforeMiB)} to ${mebibytes(afterMiB)}${why}`,
    ),
  );
  return lines;
}

function filledLines({ filled }: Report): string[] {
  if (filled === null) return [];
  const { gateway, empty, nonces, events, prepareSeconds } = filled;
  return [
    row('single events, empty store, right before', rate(empty.eventsPerSecond)),
    row(
      'single events on a filled store',
      rate(gateway.eventsPerSecond),
      `${(gateway.eventsPerSecond / empty.eventsPerSecond).toFixed(2)} x empty; ${nonces} nonces, ${events} events, filled in ${prepareSeconds.toFixed(0)} s`,
    ),
  ];
}

export function goalLine(goal: Goal): string {
  const measured = goal.measured === null ? '-' : goal.measured.toFixed(2);
  const floor = goal.floor === null ? '' : `, floor ${goal.floor}`;
  return `${goal.verdict.padEnd(13)} ${goal.name.padEnd(52)} ${measured.padStart(8)}   goal ${goal.goal}${floor}`;
}

export function quantiles(latency: Percentiles | null): string {
  if (latency === null) return 'no answer';
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return `p50 ${ms(latency.p50)}, p99 ${ms(latency.p99)}, p99.9 ${ms(latency.p999)}, highest ${ms(latency.max)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
