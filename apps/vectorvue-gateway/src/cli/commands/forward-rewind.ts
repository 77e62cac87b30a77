import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { rewindCursor } from '../../forward/rewind.ts';
import { done } from '../answer.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

export const forwardRewind = storeCommand({
  name: 'forward rewind',
  input: z.strictObject({
    destination: z.string().max(64),
    to: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    reason: z.string().max(1024).optional(),
  }),
  register: (program, submit) => {
    defineCommand(program, 'forward rewind', {
      arguments: '<destination>',
      summary: 'send a destination the log again from an entry on, or skip to a later one',
      example: 'forward rewind siem --to 120000 --reason "the index was lost"',
      notes:
        'What is sent again has the ids that it had. Skipping is the way past an entry that a receiver refuses for good.',
    })
      .requiredOption('--to <sequence>', 'the entry that is sent next', sequence)
      .option('--reason <text>', 'why; goes to the audit log (required)')
      .action((destination: string, options) =>
        submit('forward rewind', { destination, ...given(options) }, options),
      );
  },
  run: async (context, { destination, to, reason }) => {
    if (reason === undefined || reason.trim() === '') {
      throw new CommandRefused('reason_required', 'say why: --reason "…"');
    }
    const moved = await rewindCursor(context.db, { destination, to, reason, actor: context.actor });
    if (moved === null) {
      throw new CommandRefused(
        'forward_unknown',
        'no such destination was ever forwarded to, or the log ends before that',
      );
    }
    return done(`${destination} goes on at ${to} (was at ${moved.before})`, {
      destination,
      to,
      before: moved.before,
    });
  },
});

function sequence(text: string): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a sequence number, from 0');
}
