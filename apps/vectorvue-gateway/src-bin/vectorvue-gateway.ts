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
  const heap = new URL('./program/bound-heap.js', import.meta.url).href;
  const { boundHeap } = (await import(heap)) as { boundHeap: (started: object) => void };
  const { execPath, execArgv, argv, env } = process;
  const execve = process.execve?.bind(process);
  boundHeap({ execPath, execArgv, argv, env, version: found, ...(execve && { execve }) });
}

const main = new URL('./program/main.js', import.meta.url).href;
const { runCli } = (await import(main)) as { runCli: (argv: readonly string[]) => Promise<number> };
process.exitCode = await runCli(process.argv.slice(2));

export {};
