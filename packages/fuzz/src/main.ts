import { randomInt } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Arguments, readArguments, type Suite, USAGE } from './arguments.ts';
import { describeFailure, type Failure } from './failure.ts';
import { fuzzCommandLine } from './feedback/lying-gateway.ts';
import { fuzzFeedback } from './feedback/run-feedback.ts';
import type { Sample } from './gateway/memory.ts';
import { fuzzGateway } from './gateway/run-gateway.ts';
import { fuzzIntake } from './intake/run-intake.ts';

/** Runs the suites one after the other and exits 1 if anything was found. See README.md. */
async function main(wanted: Arguments): Promise<number> {
  // So that what is held can be told from what is not collected yet.
  setFlagsFromString('--expose-gc');
  Object.assign(globalThis, { gc: runInNewContext('gc') as () => void });
  console.log(`seed ${wanted.seed}`);
  let failed = 0;
  for (const suite of wanted.suites) {
    const started = performance.now();
    const { summary, failures } = await run(suite, wanted);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`\n${suite}: ${failures.length} failures in ${seconds} s\n${summary}`);
    for (const failure of failures) console.log(describeFailure(failure));
    failed += failures.length;
  }
  return failed === 0 ? 0 : 1;
}

async function run(
  suite: Suite,
  wanted: Arguments,
): Promise<{ readonly summary: string; readonly failures: readonly Failure[] }> {
  const { seed } = wanted;
  const narrowed = {
    ...(wanted.only === null ? {} : { only: wanted.only }),
    ...(wanted.seconds === null ? {} : { seconds: wanted.seconds }),
  };
  const cases = wanted.counts[suite];
  const onProgress = (done: number): void => {
    if (done % 10_000 === 0) console.error(`  ${suite} ${done}`);
  };
  switch (suite) {
    case 'gateway': {
      const done = await fuzzGateway({ seed, cases, ...narrowed, onProgress });
      const { events, findings, graphs } = done.stored;
      const summary =
        `${done.cases} cases over ${done.connections} connections; stored ${events} events, ${findings} findings, ` +
        `${graphs} graphs\nheld ${curve(done.memory, 'held')}; RSS ${curve(done.memory, 'rss')} MiB\n` +
        counted(done.outcomes);
      return { summary, failures: done.failures };
    }
    case 'feedback': {
      const done = fuzzFeedback({ seed, cases, ...narrowed, onProgress });
      const summary =
        `${done.cases} cases; ${done.recorded} items applied; ` +
        `heap grew by ${done.heapGrowth.toFixed(1)} MiB\n${counted(done.outcomes)}`;
      return { summary, failures: done.failures };
    }
    case 'command-line': {
      const done = await fuzzCommandLine(seed, cases, narrowed);
      return { summary: `${done.cases} processes; ${done.accepted} accepted`, failures: done.failures };
    }
    case 'intake': {
      const done = fuzzIntake({ seed, casesPerFormat: cases, ...narrowed, onProgress });
      const summary =
        `${done.cases} reports; ${done.events} events, ${done.faults} faults; ` +
        `heap grew by ${done.heapGrowth.toFixed(1)} MiB\n${counted(done.detected)}`;
      return { summary, failures: done.failures };
    }
  }
}

/** A measurement at the tenths of the run. */
function curve(samples: readonly Sample[], name: keyof Sample): string {
  const at = Array.from(
    { length: 11 },
    (_, tenth) => samples[Math.round((tenth * (samples.length - 1)) / 10)],
  );
  return at.map((sample) => sample?.[name].toFixed(1) ?? '-').join(' ');
}

function counted(outcomes: ReadonlyMap<string, number>): string {
  const sorted = [...outcomes].sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `  ${name} ${count}`).join('\n');
}

let wanted: Arguments | null = null;
try {
  wanted = readArguments(process.argv.slice(2), () => String(randomInt(1_000_000_000)));
  if (wanted === null) console.log(USAGE);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
if (wanted !== null) process.exitCode = await main(wanted);
