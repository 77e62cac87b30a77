/**
 * Runs one command line and returns the exit code of the process. `serve` goes straight to the server; every
 * other command, `--help` and `--version` included, is the command program's and needs no database to be
 * loaded. Importing this does nothing.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === 'serve') {
    const { serveCommand } = await import('./serve-command.ts');
    return serveCommand();
  }
  const { runProgram } = await import('./cli/program.ts');
  return runProgram(argv);
}
