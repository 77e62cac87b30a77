import { goalLine, machineLines } from '../print-report.ts';
import { rate, row } from '../print-row.ts';
import type { CallMeasurement, ConsoleReport } from './console-report.ts';

/** The report as a table, narrow enough for a terminal of 120 columns. */
export function printConsoleReport(report: ConsoleReport): string {
  const { stored, calls, ingestion, firstView } = report;
  const number = (value: number): string => value.toLocaleString('en-US');
  return [
    '',
    ...machineLines(report),
    `stored: ${number(stored.events)} events, ${number(stored.auditEntries)} audit entries, ${number(stored.findings)} findings; ${number(stored.realEvents)} events sent, the others copies of them; ${stored.seconds.toFixed(0)} s`,
    '',
    ...byRoute(calls).map(routeLine),
    '',
    row('single events, no overview open', rates(ingestion.without)),
    row(
      `single events, ${ingestion.overviews} overviews open`,
      rates(ingestion.withOpen),
      `${ingestion.ratio.toFixed(3)} x; they were sent ${number(ingestion.bytesReceived)} bytes`,
    ),
    ...(firstView === null
      ? ['not measured: the first view, because there is no chromium here']
      : [
          row(
            'first view, cold cache, until interactive',
            '',
            firstView.interactiveMs.map((ms) => `${ms.toFixed(0)} ms`).join(', '),
          ),
          row(
            'its files, each gzipped',
            `${(firstView.gzippedBytes / 1024).toFixed(0)} KiB`,
            `${firstView.files} files`,
          ),
        ]),
    '',
    ...report.goals.map(goalLine),
  ].join('\n');
}

/** Of one route: as it is first asked, and whichever way of asking was slowest. */
function byRoute(calls: readonly CallMeasurement[]): readonly (readonly CallMeasurement[])[] {
  const route = ({ call }: CallMeasurement): string => call.split('?')[0] ?? '';
  return [...new Set(calls.map(route))].map((name) => calls.filter((one) => route(one) === name));
}

function routeLine(calls: readonly CallMeasurement[]): string {
  const [plain] = calls;
  const slowest = calls.reduce((most, one) => (p99(one) > p99(most) ? one : most));
  const query = slowest.call.split('?')[1]?.replace(/=([0-9a-f]{8})[0-9a-f-]{20,}$/, '=$1…') ?? 'plain';
  const odd = calls.flatMap(({ statuses }) => Object.keys(statuses)).filter((status) => status !== '200');
  const note = odd.length === 0 ? '' : `, answered ${[...new Set(odd)].join(' ')}`;
  const ways = `slowest of ${calls.length}: p99 ${p99(slowest).toFixed(1)} ms (${query})${note}`;
  return row(
    plain?.call ?? '',
    '',
    `p50 ${plain?.latencyMs?.p50.toFixed(1)}, p99 ${plain?.latencyMs?.p99.toFixed(1)} ms; ${ways}`,
  );
}

function p99({ latencyMs }: CallMeasurement): number {
  return latencyMs?.p99 ?? Number.NaN;
}

function rates(perSecond: readonly number[]): string {
  return perSecond.map(rate).join(' ');
}
