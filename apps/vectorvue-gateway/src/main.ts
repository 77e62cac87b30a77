/** Runs one command line and returns the exit code of the process. */
export async function runCli(_argv: readonly string[]): Promise<number> {
  return 0;
}
