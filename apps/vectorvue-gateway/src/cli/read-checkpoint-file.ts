import { checkpointFileSchema, parseFile, proofFileSchema } from '@nyxera/federation-protocol/audit-proof';
import { readBoundedText } from '../audit/read-bounded-text.ts';
import { CommandRefused } from './command.ts';

/** The signed note in a file of ours, or the file itself where it is a plain one. Refused where it cannot be read. */
export function checkpointNoteOf(path: string): string {
  const text = readBoundedText(path);
  if (text === null) throw new CommandRefused('file_invalid', `${path} cannot be read, or is too large`);
  return (parseFile(checkpointFileSchema, text) ?? parseFile(proofFileSchema, text))?.checkpoint ?? text;
}
