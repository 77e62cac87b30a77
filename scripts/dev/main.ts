/**
 * `pnpm dev`: gateway and agent from their sources, with reload, on this machine. `arguments.ts` says what it takes,
 * CONTRIBUTING.md how it is used.
 *
 * ports -> database -> keys and certificates -> gateway -> agent -> what to type next -> (changes) -> Ctrl-C.
 */
import { relative } from 'node:path';
import { type DevPlan, HELP, readArguments } from './arguments.ts';

async function main(): Promise<number> {
  const parsed = readArguments(process.argv.slice(2));
  if (parsed.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  if (parsed.kind === 'fault') {
    console.error(`dev: ${parsed.fault}\nTry: pnpm dev --help`);
    return 2;
  }
  const { isPortTaken } = await import('./port-taken.ts');
  for (const [option, port] of Object.entries({
    port: parsed.plan.port,
    'admin-port': parsed.plan.adminPort,
  })) {
    if (await isPortTaken(port)) {
      console.error(`dev: port ${port} is taken; does another pnpm dev run? Else: pnpm dev --${option} N`);
      return 1;
    }
  }
  try {
    // Loaded late: what follows needs the packages to be built.
    const { runWorld } = await import('./run-world.ts');
    await runWorld(parsed.plan, (folder) => whatNext(parsed.plan, folder));
    return 0;
  } catch (error) {
    console.error(`dev: ${(error as Error).message}`);
    return 1;
  }
}

/** Each line works as it stands, in another terminal, in the directory where this was started. */
function whatNext(plan: DevPlan, folder: string): string {
  const here = relative(process.cwd(), folder);
  const at = here === '' || here.startsWith('..') ? folder : `./${here}`;
  const report = new URL('../fixtures/events.jsonl', import.meta.url).pathname;
  return `
Both run. In another terminal:
  ${at}/agent send ${relative(process.cwd(), report)}
  ${at}/agent status
  ${at}/gateway events list --all-tenants
  ${at}/gateway audit list --all-tenants --limit 5
  ${at}/agent doctor
  ${at}/gateway doctor
  curl -s http://127.0.0.1:${plan.adminPort}/readyz
A change below apps/*/src or packages/*/src starts again what it concerns. Ctrl-C ends everything; ${at} stays.
`;
}

process.exitCode = await main();
