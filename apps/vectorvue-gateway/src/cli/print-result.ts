import { asciiJson, escapeDocument, escapeText, renderTable } from '@nyxera/federation-cli';
import type { CommandResult, JsonLike } from './command.ts';
import { type CliIo, screenOfStream } from './io.ts';

/** `--json`: one document on one line. Otherwise a table on a terminal, tab-separated lines in a pipe. */
export function printResult(io: CliIo, result: CommandResult, json: boolean, fileIsWritten = false): void {
  if (json) {
    io.stdout.write(`${asciiJson(result.json)}\n`);
    return;
  }
  if (result.table !== undefined) {
    const { head, rows } = result.table;
    io.stdout.write(renderTable(head, rows, screenOfStream(io, io.stdout)));
  }
  // Where a file goes to stdout, what is said about it does not: `peer add … > gateway-peer.json` has to work.
  const said = result.file !== undefined && !fileIsWritten ? io.stderr : io.stdout;
  for (const line of result.lines) said.write(`${escapeDocument(line)}\n`);
  if (result.file !== undefined && !fileIsWritten) io.stdout.write(result.file);
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
