/**
 * A process to be killed or measured: takes a report and says `taken N` after each transaction that is durable, and at
 * the end what became of it, with the most memory that it had. Arguments: data dir, file, and for JSON lines a mapping and
 * the folder of the files that it names.
 */
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadMapping } from '../../src/intake/index.ts';
import { openReport, takeReport } from '../../src/take-report.ts';
import { reportContext } from './reports.ts';

const [dataDir = '', file = '', map, beside = ''] = process.argv.slice(2);
const context = reportContext(dataDir);
const opened = openReport(file);
if (!opened.ok) throw new Error(opened.code);
const loaded =
  map === undefined ? null : loadMapping(readFileSync(map), (name) => readFileSync(join(beside, name)));
if (loaded?.ok === false) throw new Error(JSON.stringify(loaded.faults));
const report = await takeReport(opened.report, {
  ...context,
  mapping: loaded?.value ?? null,
  onTaken: (events) => void writeSync(1, `taken ${events.map((one) => one.eventId).join(' ')}\n`),
});
const { read, spooled, known, refused, complete } = report;
const peak = Number(/VmHWM:\s*([0-9]+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
writeSync(
  1,
  `${JSON.stringify({ read, spooled, known, refused, complete, peakMiB: Math.round(peak / 1024) })}\n`,
);
context.close();
