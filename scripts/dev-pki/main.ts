/**
 * `node scripts/dev-pki/main.ts --out DIR`: everything that a gateway and an agent need to talk to each other
 * on a developer's machine. README.md beside this file says what it makes and what it is not for.
 */
import { HELP, readArguments } from './arguments.ts';

const EXIT_REFUSED = 1;
const EXIT_USAGE = 64;

async function main(): Promise<number> {
  const parsed = readArguments(process.argv.slice(2));
  if (parsed.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  if (parsed.kind === 'fault') {
    console.error(`dev-pki: ${parsed.fault}\nTry: node scripts/dev-pki/main.ts --help`);
    return EXIT_USAGE;
  }
  // Loaded late, so that --help and wrong arguments are answered in a checkout that is not built yet.
  const module = await loadMaker();
  if (module === null) {
    console.error('dev-pki: the packages are not built yet; run: npx pnpm install && npx pnpm build');
    return EXIT_REFUSED;
  }
  const made = await module.makeDevPki(parsed.plan);
  if (!made.ok) {
    console.error(`dev-pki: ${made.fault}`);
    return EXIT_REFUSED;
  }
  if (parsed.json) console.log(JSON.stringify(made.summary));
  else console.log(module.describeSummary(made.summary));
  return 0;
}

async function loadMaker(): Promise<typeof import('./make-dev-pki.ts') | null> {
  try {
    return await import('./make-dev-pki.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

process.exitCode = await main();
