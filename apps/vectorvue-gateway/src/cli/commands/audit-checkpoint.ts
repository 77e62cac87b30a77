import { z } from 'zod';
import { makeCheckpointFile } from '../../audit/make-proof.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given, treeSize } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const auditCheckpoint = storeCommand({
  name: 'audit checkpoint',
  readOnly: true,
  input: z.strictObject({ from: z.number().int().min(1).optional() }),
  register: (program, submit) => {
    defineCommand(program, 'audit checkpoint', {
      summary: 'the newest checkpoint; with --from also the proof that it continues the one of that size',
      example: 'audit checkpoint --from 1200 --out checkpoint.json',
      notes:
        'Keep it away from this machine: later "audit consistency" shows whether the log still continues it.',
    })
      .option('--from <size>', 'size of a checkpoint that was kept before', treeSize)
      .option('--out <file>', 'write it here, which must not exist yet (default: stdout)')
      .action(({ from, ...options }) => submit('audit checkpoint', given({ from }), options));
  },
  run: async (context, { from = null }) => {
    const made = await makeCheckpointFile(context.db, from);
    if (!made.ok) throw new CommandRefused(made.code, made.detail);
    return {
      json: { ok: true, size: made.size, checkpoint: made.file },
      lines: [`checkpoint of ${made.size} entries of the log ${made.file.log}`],
      file: `${JSON.stringify(made.file, null, 1)}\n`,
      exitCode: EXIT.ok,
    };
  },
});
