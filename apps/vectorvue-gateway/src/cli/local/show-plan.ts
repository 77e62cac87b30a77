import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreSettings } from '../../config/gateway-config.ts';
import { describePlan, planMigrations, type SchemaPlan } from '../../store/check-schema.ts';
import { EMBEDDED_DIRECTORY } from '../../store/embedded-database.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { openDatabase } from '../../store/open-database.ts';
import { StoreError } from '../../store/store-error.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

/** The CLI has no log: what matters comes back as an error. */
export const SILENT_STORE = { warn: () => undefined, error: () => undefined };

/** `migrate --plan`: what `migrate` would do. Exit code 1 where it would refuse. Looking does not make a database. */
export async function showPlan(store: StoreSettings, retryFailed: boolean): Promise<CommandResult> {
  const plan = await readPlan(store, retryFailed);
  const { pending, newer, refusal } = plan;
  return {
    json: {
      ok: refusal === null,
      pending: pending.map(({ oldestProgram, ...rest }) => ({ ...rest, oldest_program: oldestProgram })),
      newer,
      refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
    },
    table:
      pending.length === 0
        ? undefined
        : {
            head: ['migration', 'state', 'what it does and locks', 'gateways that may keep running'],
            rows: pending.map(({ migration, state, plan: text, oldestProgram }) => [
              migration,
              state,
              text,
              whoMayRun(oldestProgram, Number.parseInt(migration, 10)),
            ]),
          },
    lines: sentences(plan),
    exitCode: refusal === null ? EXIT.ok : EXIT.fault,
  };
}

function whoMayRun(oldestProgram: number, id: number): string {
  return oldestProgram >= id ? 'none that does not know it' : `those that know migration ${oldestProgram}`;
}

function sentences({ pending, newer, refusal }: SchemaPlan): readonly string[] {
  const lines: string[] = [];
  if (newer.length > 0) lines.push(`applied by a newer program: ${newer.join(', ')}`);
  if (refusal !== null) lines.push(`migrate would refuse: ${refusal.message}`);
  else if (pending.length === 0) lines.push('the schema is up to date');
  else
    lines.push(`${pending.length} would be applied, each in a transaction of its own; nothing was changed`);
  return lines;
}

async function readPlan(store: StoreSettings, retryFailed: boolean): Promise<SchemaPlan> {
  const { databaseUrl, dataDir } = store;
  if (databaseUrl === null && !existsSync(join(dataDir, EMBEDDED_DIRECTORY, 'pgdata'))) {
    return describePlan([], MIGRATIONS);
  }
  const options = { databaseUrl, dataDir, role: 'migrate', logger: SILENT_STORE } as const;
  const db = await openDatabase(options).catch(refuseLocked);
  try {
    return await planMigrations(db, { retryFailed });
  } finally {
    await db.close();
  }
}

export function refuseLocked(fault: unknown): never {
  if (fault instanceof StoreError && fault.code === 'locked') {
    throw new CommandRefused(
      'locked',
      'another process holds this embedded database; a running gateway has migrated it at its start',
    );
  }
  throw fault;
}
