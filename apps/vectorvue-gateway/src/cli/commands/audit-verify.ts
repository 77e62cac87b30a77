import { parseCheckpointText, parseNote, type TreeHead } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { verifyAuditLog } from '../../audit/verify.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, logKeys } from '../log-key-options.ts';
import { checkpointNoteOf } from '../read-checkpoint-file.ts';

export const auditVerify = storeCommand({
  name: 'audit verify',
  readOnly: true,
  input: z.strictObject({
    key: z.array(z.string().max(1_024)).max(16).optional(),
    against: z.string().max(1_048_576).optional(),
  }),
  register: (program, submit) => {
    defineCommand(program, 'audit verify', {
      summary: 'check the whole audit log: every entry, tile, checkpoint and cosignature, and the sequence',
      example: 'audit verify --json',
      notes:
        'Exit code 1 and the exact place where something is first wrong. What a database alone cannot show is that it was rewritten as a whole by the owner of its key: compare with a checkpoint that somebody else kept.',
    })
      .option(
        '--key <verifier key>',
        'a key of the log from elsewhere (default: the keyring); repeatable',
        collect,
      )
      .option('--against <file>', 'a checkpoint kept elsewhere, which the log must continue')
      .action(({ against, ...options }) =>
        submit(
          'audit verify',
          { ...given(options), ...(against === undefined ? {} : { against: checkpointNoteOf(against) }) },
          options,
        ),
      );
  },
  run: async (context, { key, against }) => {
    const result = await verifyAuditLog(context.db, {
      onProgress: context.progress,
      trusted: key === undefined ? undefined : logKeys(key),
      against: against === undefined ? undefined : headOf(against),
    });
    if (result.ok) {
      const { size, undisclosed, pruned, tiles, checkpoints, cosignatures, signed } = result;
      return {
        json: { ok: true, entries: size, undisclosed, pruned, signed, tiles, checkpoints, cosignatures },
        lines: [
          `${size} entries, no fault`,
          ...(pruned === 0 ? [] : [`${pruned} leaves pruned, verified by hash`]),
          `signed up to entry ${signed}: ${tiles} tiles, ${checkpoints} checkpoints, ${cosignatures} cosignatures`,
        ],
        exitCode: EXIT.ok,
      };
    }
    const { sequence, kind, place, detail } = result.fault;
    return {
      json: { ok: false, entries: result.size, fault: { sequence, kind, place, detail } },
      lines: [
        `FAULT at sequence ${sequence}: ${kind} (${place}): ${detail}`,
        `the log has ${result.size} entries`,
      ],
      exitCode: EXIT.fault,
    };
  },
});

/** Its signature was somebody's business when it was kept; here it is what the log is compared with. */
function headOf(note: string): TreeHead {
  const parsed = parseNote(note);
  const checkpoint = parsed.ok ? parseCheckpointText(parsed.value.text) : parsed;
  if (!checkpoint.ok) throw new CommandRefused('checkpoint_invalid', 'this is no checkpoint of a log');
  return checkpoint.value;
}
