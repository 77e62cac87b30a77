/**
 * `node tests/browser/world.ts [--events N] [--file FILE]`: the world of the specs, to be looked at. Prints a link a role;
 * Enter prints new ones, Ctrl-C ends everything. With NYXERA_CONSOLE_WORLD=FILE the specs use it instead of building theirs.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { OTHER_TENANT, TENANT } from './world/actors.ts';
import { buildConsoleWorld, type ConsoleWorld } from './world/build-world.ts';
import { keepWorld } from './world/kept-world.ts';

const SCOPES: readonly (readonly [string, readonly string[]])[] = [
  ['officer', []],
  ['operator', []],
  ['analyst', [TENANT]],
  ['viewer', [TENANT]],
  ['viewer', [OTHER_TENANT]],
];

async function printLinks(world: ConsoleWorld): Promise<void> {
  for (const [role, tenants] of SCOPES) {
    console.log(`${role.padEnd(9)} ${tenants.join(' ').padEnd(37)} ${await world.link(role, tenants)}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { events: { type: 'string', default: '2000' }, file: { type: 'string' } },
  });
  const world = await buildConsoleWorld({ events: Number(values.events), say: (text) => console.log(text) });
  const lines = createInterface({ input: process.stdin });
  const told = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  try {
    if (values.file !== undefined) keepWorld(values.file, world);
    console.log(`console    ${world.origin}/console/\ndatabase   ${world.databaseUrl}`);
    await printLinks(world);
    lines.on('line', () => void printLinks(world).catch((error: unknown) => console.error(error)));
    await told;
  } finally {
    lines.close();
    await world.stop();
  }
}

await main();
