import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevPlan } from './arguments.ts';

export type Environment = Readonly<Record<string, string>>;

export interface World {
  readonly gateway: Environment;
  readonly agent: Environment;
  /** Whether it was made now, or is that of an earlier start. */
  readonly isNew: boolean;
}

/** A development CA, keys and the environment of both ends in `pki`; those of an earlier start where there are any. */
export async function prepareWorld(plan: DevPlan, databaseUrl: string | null): Promise<World> {
  const pki = join(plan.folder, 'pki');
  const isNew = !existsSync(join(pki, 'agent.env'));
  if (isNew) await makePki(plan, pki);
  refuseExpired(plan, join(pki, 'server.crt'));
  // Stripping the types of hundreds of files is half of what a start from source costs; a changed file is read anew.
  const cache = { NODE_COMPILE_CACHE: join(plan.folder, 'compiled') };
  const gateway = {
    ...cache,
    ...environmentOf(join(pki, 'gateway.env')),
    VV_TG_LISTEN: `127.0.0.1:${plan.port}`,
    VV_TG_ADMIN_LISTEN: `127.0.0.1:${plan.adminPort}`,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
  const agent = {
    ...cache,
    ...environmentOf(join(pki, 'agent.env')),
    VECTORVUE_FEDERATION_URL: `https://localhost:${plan.port}`,
  };
  return { gateway, agent, isNew };
}

async function makePki(plan: DevPlan, out: string): Promise<void> {
  // Loaded late: it needs the packages to be built, and `--help` does not.
  const [{ makeDevPki }, { readArguments }] = await Promise.all([
    import('../dev-pki/make-dev-pki.ts'),
    import('../dev-pki/arguments.ts'),
  ]);
  const ports = ['--port', String(plan.port), '--admin-port', String(plan.adminPort)];
  // A start that was interrupted while it made them is repeated.
  const parsed = readArguments(['--out', out, ...ports, ...(existsSync(out) ? ['--force'] : [])]);
  if (parsed.kind !== 'plan') throw new Error('dev-pki does not take its arguments');
  const made = await makeDevPki(parsed.plan);
  if (!made.ok) throw new Error(made.fault);
}

/** Its certificates live 90 days. New ones would be strangers to the databases beside them. */
function refuseExpired({ folder }: DevPlan, file: string): void {
  const end = Date.parse(new X509Certificate(readFileSync(file)).validTo);
  if (end < Date.now()) {
    throw new Error(
      `the development certificates ended on ${new Date(end).toISOString()}: remove ${folder} and start again`,
    );
  }
}

/** The `export NAME='value'` lines that dev-pki wrote. */
function environmentOf(file: string): Environment {
  const lines = readFileSync(file, 'utf8').matchAll(/^export ([A-Z0-9_]+)='(.*)'$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = '', value = '']) => [name, value.replaceAll("'\\''", "'")]),
  );
}

/**
 * `agent` and `gateway` in the folder: the two programs from source with the environment of this world, for another
 * terminal and whatever shell. Mode 0700: the URL of the database holds its password.
 */
export function writeCommands(plan: DevPlan, world: World): void {
  const program = new URL('program.ts', import.meta.url).pathname;
  const hook = new URL('resolve-sources.ts', import.meta.url).pathname;
  for (const name of ['agent', 'gateway'] as const) {
    const exports = Object.entries(world[name]).map(
      ([variable, value]) => `export ${variable}=${quoted(value)}`,
    );
    const run = [process.execPath, '--disable-warning=ExperimentalWarning', '--import', hook, program, name];
    const text = `#!/bin/sh\n# Made by pnpm dev; for development only.\n${exports.join('\n')}\nexec ${run.map(quoted).join(' ')} "$@"\n`;
    const file = join(plan.folder, name);
    writeFileSync(file, text, { mode: 0o700 });
    chmodSync(file, 0o700);
  }
}

/** Others may pass through it (PostgreSQL runs as another account where we are root), and see nothing. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
