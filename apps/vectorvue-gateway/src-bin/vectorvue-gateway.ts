#!/usr/bin/env node
// Runs before anything else is loaded, so that an old Node gets a sentence and not a stack trace
// from the first module that needs something newer. Only syntax and APIs of Node 12 are used here.
const REQUIRED_NODE_MAJOR = 24;
const found = process.versions.node;

if (Number(found.split('.')[0]) < REQUIRED_NODE_MAJOR) {
  process.stderr.write(
    `vectorvue-gateway needs Node.js ${REQUIRED_NODE_MAJOR} or newer; this is ${found}.\n`,
  );
  process.exit(78);
}

if (process.argv[2] === 'serve') {
  const bound = new URL('../dist/bound-young-generation.js', import.meta.url).href;
  const { boundYoungGeneration } = (await import(bound)) as {
    boundYoungGeneration: (started: typeof process) => void;
  };
  boundYoungGeneration(process);
}

const main = new URL('../dist/main.js', import.meta.url).href;
const { runCli } = (await import(main)) as { runCli: (argv: readonly string[]) => Promise<number> };
process.exitCode = await runCli(process.argv.slice(2));

export {};
