import { describeBuild } from '@nyxera/federation-cli';
import { gatewayBuild } from './version.ts';

/**
 * Runs one command line and returns the exit code of the process. Importing this does nothing, and it loads
 * only what the command needs: `--version` no server, `--help` no database.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${describeBuild('vectorvue-gateway', gatewayBuild())}\n`);
    return 0;
  }
  if (argv.length === 1 && argv[0] === 'serve') {
    const { serveCommand } = await import('./serve-command.ts');
    return serveCommand();
  }
  const { runProgram } = await import('./cli/program.ts');
  return runProgram(argv);
}
