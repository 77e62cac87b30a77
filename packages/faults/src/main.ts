import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Arguments, readArguments, USAGE } from './arguments.ts';
import { REPOSITORY } from './gateway-process.ts';
import { KINDS } from './kinds.ts';
import { type KindReport, runKind } from './run-faults.ts';

/** See USAGE; exit code 1 if anything failed. */
async function main(wanted: Arguments): Promise<void> {
  const seed = wanted.seed ?? Math.floor(Math.random() * 2 ** 31);
  const kinds = KINDS.filter((kind) => wanted.kinds.length === 0 || wanted.kinds.includes(kind.name));
  const faults = wanted.faultsOfEach(kinds.filter((kind) => (kind.unavailable?.() ?? null) === null).length);
  const until = wanted.minutes === null ? {} : { until: Date.now() + wanted.minutes * 60_000 };
  console.log(`seed ${seed}: ${kinds.length} kinds, ${faults} faults of each`);

  const started = new Date().toISOString();
  const reports: KindReport[] = [];
  for (const [index, kind] of kinds.entries()) {
    const began = performance.now();
    const report = await runKind(kind, { seed: seed + index, faults, ...until, onFault: progress });
    reports.push(report);
    console.log(`\r${describe(report)}; ${((performance.now() - began) / 1000).toFixed(1)} s`);
    for (const violation of report.violations) console.log(`  ${violation.rule}: ${violation.detail}`);
    for (const failure of report.failures) console.log(`  ${failure}`);
    if (!isGood(report)) console.log(`  again: --kind ${kind.name} --seed ${report.seed} --faults ${faults}`);
    save(seed, started, reports);
  }
  const total = reports.reduce((sum, report) => sum + report.faults, 0);
  const good = reports.every(isGood);
  console.log(`${total} faults, ${good ? 'nothing violated' : 'VIOLATED'}; seed ${seed}`);
  process.exitCode = good ? 0 : 1;
}

function progress(kind: string, number: number): void {
  if (process.stdout.isTTY || number % 10 === 0) process.stdout.write(`\r${kind}: ${number} `);
}

function isGood(report: KindReport): boolean {
  return report.violations.length === 0 && report.failures.length === 0;
}

function describe(report: KindReport): string {
  if (report.skipped !== null) return `${report.kind}: SKIPPED, ${report.skipped}`;
  const { kind, faults, seen, missed, events, attempts, answered2xx, unanswered, note } = report;
  const counts = `${events} events, ${attempts} attempts, ${answered2xx} accepted, ${unanswered} unanswered`;
  const verdict = isGood(report) ? 'good' : 'FAILED';
  const how = Object.entries(seen).map(([words, count]) => `${words} ${count}`);
  const misses = missed === 0 ? [] : [`missed ${missed}`];
  const told = [...how, ...misses, ...(note === null ? [] : [note])].join('; ');
  return `${kind}: ${faults} faults (${told}), ${counts}: ${verdict}`;
}

/** After every kind, so that a run that is cut short has its counts. */
function save(seed: number, started: string, kinds: readonly KindReport[]): void {
  const directory = join(REPOSITORY, 'local_docs/faults');
  mkdirSync(directory, { recursive: true });
  const total = kinds.reduce((sum, kind) => sum + kind.faults, 0);
  const report = { seed, started, written: new Date().toISOString(), total, kinds };
  writeFileSync(join(directory, `report-${seed}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

// So that what ends with this process does end with it: gateways and mounts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

let wanted: Arguments | null = null;
try {
  wanted = readArguments(
    process.argv.slice(2),
    KINDS.map(({ name }) => name),
  );
  if (wanted === null) console.log(USAGE);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
if (wanted !== null) await main(wanted);
