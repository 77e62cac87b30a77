#!/usr/bin/env node
// Runs before anything else is loaded, so that an old Node gets a sentence and not a stack trace
// from the first module that needs something newer. Only syntax and APIs of Node 12 are used up to there.
const REQUIRED_NODE_MAJOR = 24;
const found = process.versions.node;

if (Number(found.split('.')[0]) < REQUIRED_NODE_MAJOR) {
  process.stderr.write(
    `spectrastrike-agent needs Node.js ${REQUIRED_NODE_MAJOR} or newer; this is ${found}.\n`,
  );
  process.exit(78);
}

// The heap's young generation grows to 128 MiB by itself, most of it garbage: sending a million events took twice the
// memory for the same speed. It keeps the size that it starts with.
const { setFlagsFromString } = await import('node:v8');
setFlagsFromString('--semi-space-growth-factor=1');

const main = new URL('./program/main.js', import.meta.url).href;
const { runCli } = (await import(main)) as { runCli: (argv: readonly string[]) => Promise<number> };
process.exitCode = await runCli(process.argv.slice(2));

export {};
