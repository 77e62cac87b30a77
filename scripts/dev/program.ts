/** `node program.ts agent|gateway ARGS…`: one of the two programs, from its source. */
const [name, ...args] = process.argv.slice(2);
const { runCli } =
  name === 'gateway'
    ? await import('../../apps/vectorvue-gateway/src/main.ts')
    : await import('../../apps/spectrastrike-agent/src/main.ts');

process.exitCode = await runCli(args);
