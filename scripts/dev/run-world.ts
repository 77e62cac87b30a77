import { screenOf } from '@nyxera/federation-cli';
import type { DevPlan } from './arguments.ts';
import { startGuardian } from './guardian.ts';
import { startKeptPostgres } from './kept-postgres.ts';
import { makeFolder, prepareWorld, type World, writeCommands } from './prepare-world.ts';
import { showLine } from './show-line.ts';
import { type Supervised, supervise } from './supervise.ts';
import { watchSources } from './watch-sources.ts';

/** Everything from the folder to the last process that has ended; resolves after SIGINT or SIGTERM. Throws what keeps it from starting. */
export async function runWorld(plan: DevPlan, whatNext: (folder: string) => string): Promise<void> {
  const stop = stopSignal();
  makeFolder(plan.folder);
  const postgres = plan.postgres ? await startKeptPostgres(`${plan.folder}/postgres`) : null;
  try {
    const world = await prepareWorld(plan, postgres?.url ?? null);
    writeCommands(plan, world);
    const made = world.isNew ? 'made' : 'goes on with';
    console.log(`dev: ${made} ${plan.folder}${postgres === null ? '' : ', PostgreSQL'}`);
    await runPrograms(world, postgres?.pid, stop, () => console.log(whatNext(plan.folder)));
  } finally {
    await postgres?.stop();
    console.log('dev: ended');
  }
}

async function runPrograms(
  world: World,
  database: number | undefined,
  stop: Promise<void>,
  ready: () => void,
): Promise<void> {
  const guardian = startGuardian();
  const screen = screenOf({ isTerminal: process.stdout.isTTY === true }, process.env);
  const programs: Supervised[] = [];
  const remember = (): void =>
    guardian.watch([...programs, { pid: () => database }].flatMap((one) => one.pid() ?? []));
  for (const name of ['gateway', 'agent'] as const) {
    const say = (line: string): void => console.log(showLine(name, line, screen));
    programs.push(supervise(name, world[name], say, remember));
  }
  const endWatching = watchSources((touched, file) => {
    for (const one of programs) {
      if (touched !== 'both' && touched !== one.name) continue;
      one.restart().then((outcome) => {
        if (outcome === 'ready') console.log(`dev: ${one.name} reloaded (${file})`);
      }, console.error);
    }
  });
  try {
    // The agent would find its gateway later by itself; in this order nothing red is shown.
    const start = async (): Promise<void> => {
      const outcomes = [];
      for (const one of programs) outcomes.push(await one.restart());
      if (outcomes.every((outcome) => outcome === 'ready')) ready();
    };
    await Promise.race([start().then(() => stop), stop]);
  } finally {
    endWatching();
    console.log('dev: ending');
    // The agent first: what it has in flight is answered.
    for (const one of [...programs].reverse()) await one.stop();
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
