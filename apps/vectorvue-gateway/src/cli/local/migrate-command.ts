import type { Command } from 'commander';
import { loadStoreSettings } from '../../config.ts';
import { migrate } from '../../store/migrate.ts';
import { openDatabase } from '../../store/open-database.ts';
import { commandProgress } from '../command-progress.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';
import { refuseLocked, SILENT_STORE, showPlan } from './show-plan.ts';

/** `migrate`: brings the schema to what this release knows. */
export function registerMigrate(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'migrate', {
    summary: 'create or update the database schema',
    example: 'migrate',
    notes:
      'Forward only. On PostgreSQL the login needs the rights of an owner; see infra/postgres/README.md.',
  })
    .option('--retry-failed', 'try a migration again that is recorded as failed')
    .option('--plan', 'say what would be done, what it locks and who may keep running; change nothing')
    .action(async (options: { json?: boolean; retryFailed?: boolean; plan?: boolean }) => {
      const store = loadStoreSettings(io.environment);
      if (!store.ok) throw new ConfigurationFaults(store.faults);
      if (options.plan === true) {
        report(await showPlan(store.value, options.retryFailed ?? false), options);
        return;
      }
      const { databaseUrl, dataDir } = store.value;
      const db = await openDatabase({ databaseUrl, dataDir, role: 'migrate', logger: SILENT_STORE }).catch(
        refuseLocked,
      );
      const bar = commandProgress(io);
      try {
        const { applied } = await migrate(db, {
          retryFailed: options.retryFailed ?? false,
          progress: bar.update,
        }).finally(bar.stop);
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
