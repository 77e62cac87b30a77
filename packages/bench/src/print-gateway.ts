import { mebibytes, rate, row } from './print-row.ts';
import type { GatewayMeasurement, Report } from './report.ts';

/** One gateway of the table. What was not accepted, or not found in the database, is written in capitals. */
export function printGateway(one: GatewayMeasurement, report: Report): string {
  const refused = Object.entries(one.statuses).filter(([status]) => status !== '202');
  const notes = [
    one.batch === null
      ? `${(one.eventsPerSecond / report.verifyPerSecond).toFixed(2)} x verify`
      : `${(one.eventsPerSecond / report.bareInsertBatchesPerSecond).toFixed(2)} x insert`,
    `RSS ${mebibytes(one.rssMiB?.peakMiB ?? null)}`,
    `${Math.round(one.diskBytesPerEvent)} B/event on disk`,
    `generator ${Math.round(one.generatorBusy * 100)} %`,
    ...(refused.length === 0 ? [] : [`NOT ACCEPTED: ${JSON.stringify(Object.fromEntries(refused))}`]),
    ...(one.eventsStored === one.eventsSent ? [] : [`STORED ${one.eventsStored} OF ${one.eventsSent}`]),
  ];
  return row(nameOf(one), rate(one.eventsPerSecond), notes.join(', '));
}

function nameOf(one: GatewayMeasurement): string {
  const what = one.batch === null ? 'single events' : `batches of ${one.batch}`;
  const workers = one.workers === 1 ? '' : `, ${one.workers} workers`;
  return `gateway, ${one.database === 'embedded' ? 'embedded' : 'PostgreSQL'}${workers}, ${what}`;
}
