import type { Command } from 'commander';
import { loadStoreSettings } from '../../config.ts';
import { restoreEmbedded } from '../../store/embedded-backup.ts';
import { StoreError } from '../../store/store-error.ts';
import { readBackup } from '../backup-folder.ts';
import { CommandRefused, type CommonOptions } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';

/** `restore FOLDER`: the embedded database of VV_TG_DATA_DIR from a backup; there must be none yet. */
export function registerRestore(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'restore', {
    arguments: '<folder>',
    summary: 'make the embedded database from a folder of "backup"; the data directory must hold none',
    example: 'restore /var/backups/vectorvue/2026-02-26',
    notes:
      'What was accepted after the backup is gone from this store, and the audit log is shorter than its witnesses have seen. See OPERATIONS.md.',
  }).action(async (folder: string, options: CommonOptions) => {
    const store = loadStoreSettings(io.environment);
    if (!store.ok) throw new ConfigurationFaults(store.faults);
    if (store.value.databaseUrl !== null) {
      throw new CommandRefused(
        'not_embedded',
        'DATABASE_URL names a PostgreSQL: restore it with its own tools (infra/postgres)',
      );
    }
    const { manifest, dump } = readBackup(folder);
    const facts = await restoreEmbedded(store.value.dataDir, dump).catch(refuse);
    report(
      {
        json: {
          ok: true,
          made_at: manifest.made_at,
          newest_migration: facts.newestMigration,
          audit_entries: facts.auditEntries,
          events: facts.events,
        },
        lines: [
          `restored: ${facts.events} events and ${facts.auditEntries} audit entries, as of ${manifest.made_at}`,
          'what was accepted after that is not here: agents whose spool still holds it may send it again',
          'witnesses that saw a longer log will report a fork, and are right: tell them before you serve',
        ],
        exitCode: EXIT.ok,
      },
      options,
    );
  });
}

function refuse(fault: unknown): never {
  if (fault instanceof StoreError) throw new CommandRefused(fault.code, fault.message);
  throw fault;
}
