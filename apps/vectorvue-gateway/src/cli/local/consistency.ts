import {
  checkContinuationFile,
  checkpointFileSchema,
  parseFile,
} from '@nyxera/federation-protocol/audit-proof';
import type { Command } from 'commander';
import { readBoundedText } from '../../audit/read-bounded-text.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, logKeys } from '../log-key-options.ts';
import type { Report } from '../program.ts';
import { checkpointNoteOf } from '../read-checkpoint-file.ts';

/** `audit consistency OLD NEW`: whether the log that was kept is still the beginning of the one that is shown now. */
export function registerConsistency(program: Command, report: Report): void {
  defineCommand(program, 'audit consistency', {
    arguments: '<old> <new>',
    summary: 'check that a checkpoint continues an older one: offline, without a database',
    example: 'audit consistency kept.json new.json',
    notes:
      'OLD is a kept checkpoint, plain or as a file of ours; NEW is made with "audit checkpoint --from SIZE-OF-OLD". Exit code 1 where the log does not continue.',
  })
    .option('--key <verifier key>', 'key of the log, from somewhere else than the file; repeatable', collect)
    .action((old: string, now: string, options) => report(consistency(old, now, options.key), options));
}

function consistency(oldPath: string, newPath: string, keys: readonly string[] | undefined): CommandResult {
  const text = readBoundedText(newPath);
  const file = text === null ? null : parseFile(checkpointFileSchema, text);
  if (file === null) throw new CommandRefused('file_invalid', `${newPath} is no file of "audit checkpoint"`);
  const checked = checkContinuationFile(checkpointNoteOf(oldPath), file, logKeys(keys ?? [file.key]));
  if (!checked.ok) {
    const { code, place, detail } = checked;
    if (code === 'no_proof') throw new CommandRefused(code, detail);
    return {
      json: { ok: false, fault: { code, place, detail } },
      lines: [`FAULT in the ${place} checkpoint: ${code}: ${detail}`],
      exitCode: EXIT.fault,
    };
  }
  const { from, to } = checked;
  return {
    json: { ok: true, log: file.log, from, to, key_from_file: keys === undefined },
    lines: [
      `the log ${file.log} of ${to} entries continues the one of ${from}: nothing was removed or changed`,
      ...(keys === undefined
        ? ['the key is the one in the file: compare it with one from elsewhere (--key)']
        : []),
    ],
    exitCode: EXIT.ok,
  };
}
