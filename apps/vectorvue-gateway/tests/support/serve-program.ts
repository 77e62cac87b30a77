import { runCli } from '../../src/main.ts';

// The program as an operator starts it, from the sources: Node 24 runs them as they are.
process.exitCode = await runCli(process.argv.slice(2));
