// The agent from its source: Node strips the types. What `bin/` runs, without a build in between.
import { runCli } from '../../src/main.ts';

process.exitCode = await runCli(process.argv.slice(2));
