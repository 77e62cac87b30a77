/**
 * A world that was started by hand (`world.ts`) and is used by another process: specs of one view then run in seconds. What
 * its own process alone can do, such as restarting the gateway, is refused.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ConsoleWorld } from './build-world.ts';
import { oneTimeLink, sql } from './session-link.ts';

type Kept = Pick<ConsoleWorld, 'origin' | 'databaseUrl' | 'contents' | 'demo'>;

export function keepWorld(file: string, { origin, databaseUrl, contents, demo }: ConsoleWorld): void {
  const kept: Kept = { origin, databaseUrl, contents, demo };
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600 });
}

/** The world that NYXERA_CONSOLE_WORLD names; null: none, and one has to be built. */
export function attachWorld(): ConsoleWorld | null {
  const file = process.env.NYXERA_CONSOLE_WORLD;
  if (file === undefined || file === '') return null;
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  const refuse = async (): Promise<void> => {
    throw new Error('only the process that started this world can do that');
  };
  return {
    ...kept,
    isKept: true,
    link: (role, tenants) => oneTimeLink(kept.demo, kept.origin, role, tenants),
    sql: (text, values) => sql(kept.databaseUrl, text, values),
    stopGateway: refuse,
    startGateway: refuse,
    stop: async () => {},
  };
}
