import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printConsoleReport } from './console/print-console.ts';
import { runConsoleBench } from './console/run-console-bench.ts';
import { readOptions, USAGE } from './options.ts';
import { printReport } from './print-report.ts';
import { runBench } from './run-bench.ts';

const documents = join(fileURLToPath(new URL('../../..', import.meta.url)), 'local_docs', 'bench');

/** `pnpm bench`. Ends with 0 whatever the numbers are, 64 for a wrong option, 1 if something did not run. */
async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 64;
  }
  const started = performance.now();
  const say = (text: string): void => {
    console.error(`[${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);
  };
  if (options.console) {
    const report = await runConsoleBench(options, say);
    write(options.out ?? join(documents, 'console.json'), report);
    console.log(printConsoleReport(report));
    return 0;
  }
  const report = await runBench(options, say);
  write(options.out ?? join(documents, 'bench.json'), report);
  console.log(printReport(report));
  return 0;
}

function write(file: string, report: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

process.exitCode = await main(process.argv.slice(2));
