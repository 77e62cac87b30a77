import type { Command } from 'commander';
import type { CommonOptions } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { Report } from '../program.ts';
import { readFolder } from './read-folder.ts';
import { sealFolder } from './seal-folder.ts';

/** `audit seal DIR`: after files of one's own were added to a folder of `audit evidence`. */
export function registerAuditSeal(program: Command, report: Report): void {
  defineCommand(program, 'audit seal', {
    arguments: '<folder>',
    summary: 'list the files of an evidence folder again, after a report was added to it: offline',
    example: 'audit seal evidence-2026-02',
    notes:
      'What is added is protected against damage only, not proven: "audit verify-proof FOLDER" says so by name.',
  }).action(async (directory: string, options: CommonOptions) => {
    const { files: _, ...about } = readFolder(directory);
    const sealed = await sealFolder(directory, about);
    const count = Object.keys(sealed.files).length;
    report(
      { json: { ok: true, files: count }, lines: [`sealed: ${count} files`], exitCode: EXIT.ok },
      options,
    );
  });
}
