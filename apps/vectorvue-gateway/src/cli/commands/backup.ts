import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { dumpEmbedded } from '../../store/dump-seam.ts';
import { migrationLabel } from '../../store/judge-schema.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { refuseExisting, writeBackup } from '../backup-folder.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const NAME = 'backup';

/**
 * `backup FOLDER`: the embedded database as it is now, also while the gateway runs: then the gateway itself writes the
 * folder, so the path is one of its machine and for its user. Commits wait for as long as it takes.
 */
export const backup = storeCommand({
  name: NAME,
  input: z.strictObject({ folder: z.string().max(4096).refine(isAbsolute, 'an absolute path') }),
  register: (program, submit) => {
    defineCommand(program, NAME, {
      arguments: '<folder>',
      summary: 'back up the embedded database into a new folder, also while the gateway runs',
      example: 'backup /var/backups/vectorvue/2026-02-26',
      notes:
        'Embedded database only; on PostgreSQL use its own tools (infra/postgres). Keys and certificates are not in it. See OPERATIONS.md.',
    }).action((folder: string, options: object) => submit(NAME, { folder: resolve(folder) }, options));
  },
  run: async (context, { folder }) => {
    refuseExisting(folder);
    // Before the dump, so that the dump holds at least these.
    const [counted] = await context.db.query<{ audit: number }>({
      name: 'backup-audit-size-v1',
      text: 'SELECT size AS audit FROM audit_head',
    });
    const dump = await dumpEmbedded(context.db);
    if (dump === null) {
      throw new CommandRefused(
        'not_embedded',
        'this is PostgreSQL: back it up with its own tools (infra/postgres)',
      );
    }
    const [newest] = MIGRATIONS.slice(-1);
    const manifest = writeBackup(folder, Buffer.from(await dump.arrayBuffer()), {
      made_at: new Date(context.now()).toISOString(),
      newest_migration: newest === undefined ? 'none' : migrationLabel(newest),
      audit_entries: Number(counted?.audit ?? 0),
    });
    return {
      json: { ok: true, folder, ...manifest },
      lines: [
        `${manifest.bytes} bytes in ${folder}, with ${manifest.audit_entries} entries of the audit log`,
        'keys and certificates are not in it; keep it as secret as the database',
      ],
      exitCode: EXIT.ok,
    };
  },
});
