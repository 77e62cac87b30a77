import { statSync } from 'node:fs';
import { checkProof, parseFile, proofFileSchema } from '@nyxera/federation-protocol/audit-proof';
import type { Command } from 'commander';
import { readBoundedText } from '../../audit/read-bounded-text.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, logKeys } from '../log-key-options.ts';
import type { Report } from '../program.ts';
import { verifyFolder } from './verify-folder.ts';

/** `audit verify-proof FILE`: with nothing but the file and, better, a key from elsewhere. */
export function registerVerifyProof(program: Command, report: Report): void {
  defineCommand(program, 'audit verify-proof', {
    arguments: '<path>',
    summary: 'check a file of "audit prove", or a folder of "audit evidence": offline, without a database',
    example: 'audit verify-proof proof.json --key gateway.example/audit+4ab1c2d3+AT…',
    notes:
      'Without --key the key in the file or folder is used: then it is proven that it agrees with itself, not whose log it is. Exit code 1 and the place where it does not hold.',
  })
    .option('--key <verifier key>', 'key of the log, from somewhere else than the file; repeatable', collect)
    .action(async (path: string, options) =>
      report(
        isDirectory(path) ? await verifyFolder(path, options.key) : verifyProof(path, options.key),
        options,
      ),
    );
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function verifyProof(path: string, keys: readonly string[] | undefined): CommandResult {
  const text = readBoundedText(path);
  const file = text === null ? null : parseFile(proofFileSchema, text);
  if (file === null) throw new CommandRefused('file_invalid', `${path} is no file of "audit prove"`);
  const checked = checkProof(file, logKeys(keys ?? [file.key]));
  if (!checked.ok) {
    const { code, place, detail } = checked;
    return {
      json: { ok: false, fault: { code, place, detail } },
      lines: [`FAULT at ${place}: ${code}: ${detail}`],
      exitCode: EXIT.fault,
    };
  }
  const { facts, size, witnesses, evidence } = checked;
  return {
    json: {
      ok: true,
      log: file.log,
      request_id: file.request_id,
      size,
      key_from_file: keys === undefined,
      witnesses: [...witnesses],
      evidence,
      entries: facts.map((fact) => ({ ...fact, disclosed: { ...fact.disclosed } })),
    },
    table: {
      head: ['sequence', 'recorded', 'action', 'actor', 'code', 'disclosed'],
      rows: facts.map(({ sequence, recordedAt, action, actor, code, disclosed }) => [
        String(sequence),
        recordedAt,
        action,
        actor,
        code,
        Object.entries(disclosed)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ]),
    },
    lines: [
      `proven: ${facts.length} entries of request ${file.request_id} are in the log ${file.log} of ${size} entries`,
      evidence
        ? 'the evidence is what the entries name, and its signature verifies'
        : 'the file holds no evidence',
      witnesses.length === 0 ? 'no witness cosigned this checkpoint' : `cosigned by ${witnesses.join(', ')}`,
      ...(keys === undefined
        ? ['the key is the one in the file: compare it with one from elsewhere (--key)']
        : []),
    ],
    exitCode: EXIT.ok,
  };
}
