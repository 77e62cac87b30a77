import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions, USAGE } from './options.ts';
import { printReport } from './print-report.ts';
import { runBench } from './run-bench.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

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
  const report = await runBench(options, (text) => {
    console.error(`[${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);
  });
  const out = options.out ?? join(repository, 'local_docs', 'bench', 'bench.json');
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(printReport(report));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
