import { asciiJson, escapeDocument, escapeText, renderTable } from '@nyxera/federation-cli';
import type { CommandResult, JsonLike } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, screenOfStream } from './io.ts';

/** How the user wants to be answered. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  /** `--out` took the file of the result. */
  readonly fileIsWritten: boolean;
}

/**
 * `--json`: one document on one line. Otherwise a table on a terminal, tab-separated lines in a pipe. `--quiet`: only
 * where not everything was done, and on standard error; a file that was asked for is no chatter.
 */
export function printResult(io: CliIo, result: CommandResult, manner: Manner): void {
  if (manner.json) {
    io.stdout.write(`${asciiJson(result.json)}\n`);
    return;
  }
  const silent = manner.quiet && result.exitCode === EXIT.ok;
  const usual = manner.quiet ? io.stderr : io.stdout;
  const file = manner.fileIsWritten ? undefined : result.file;
  if (!silent && result.table !== undefined) {
    const { head, rows } = result.table;
    usual.write(renderTable(head, rows, screenOfStream(io, usual)));
  }
  // Where a file goes to stdout, what is said about it does not: `peer add … > gateway-peer.json` has to work.
  const said = file === undefined ? usual : io.stderr;
  for (const line of silent ? [] : result.lines) said.write(`${escapeDocument(line)}\n`);
  if (file !== undefined) io.stdout.write(file);
}

/** A failure: a sentence on stderr; with `--json` also the document, so that the last line of stdout is always one. */
export function printFailure(
  io: CliIo,
  failure: { readonly code: string; readonly message: string; readonly details?: JsonLike },
  json: boolean,
): void {
  // Only our own list of configuration faults has lines; a line break in anything else came from outside.
  const lines = failure.code === 'configuration' ? failure.message.split('\n') : [failure.message];
  const shown = lines.map(escapeText).join('\n');
  io.stderr.write(`vectorvue-gateway: ${shown}\n`);
  if (!json) return;
  const { code, message, details } = failure;
  io.stdout.write(
    `${asciiJson({ ok: false, error: { code, message, ...(details === undefined ? {} : { details }) } })}\n`,
  );
}
