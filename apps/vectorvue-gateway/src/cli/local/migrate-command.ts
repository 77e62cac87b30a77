import type { Command } from 'commander';
import { loadStoreSettings } from '../../config.ts';
import { migrate } from '../../store/migrate.ts';
import { openDatabase } from '../../store/open-database.ts';
import { StoreError } from '../../store/store-error.ts';
import { CommandRefused } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';

const SILENT = { warn: () => undefined, error: () => undefined };

/** `migrate`: brings the schema to what this release knows. */
export function registerMigrate(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'migrate', {
    summary: 'create or update the database schema',
    example: 'migrate',
    notes:
      'Forward only. On PostgreSQL the login needs the rights of an owner; see infra/postgres/README.md.',
  })
    .option('--retry-failed', 'try a migration again that is recorded as failed')
    .action(async (options: { json?: boolean; retryFailed?: boolean }) => {
      const store = loadStoreSettings(io.environment);
      if (!store.ok) throw new ConfigurationFaults(store.faults);
      const { databaseUrl, dataDir } = store.value;
      const db = await openDatabase({ databaseUrl, dataDir, role: 'migrate', logger: SILENT }).catch(
        refuseLocked,
      );
      try {
        const { applied } = await migrate(db, { retryFailed: options.retryFailed ?? false });
        report(
          {
            json: { ok: true, applied },
            lines:
              applied.length === 0 ? ['the schema is up to date'] : applied.map((name) => `applied ${name}`),
            exitCode: EXIT.ok,
          },
          options,
        );
      } finally {
        await db.close();
      }
    });
}

function refuseLocked(fault: unknown): never {
  if (fault instanceof StoreError && fault.code === 'locked') {
    throw new CommandRefused(
      'locked',
      'another process holds this embedded database; a running gateway has migrated it at its start',
    );
  }
  throw fault;
}
