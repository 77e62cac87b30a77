import { join } from 'node:path';
import { parseFile } from '@nyxera/federation-protocol/audit-proof';
import { EVIDENCE_FILE, type EvidenceFolder, evidenceFolderSchema } from '../../audit/evidence-folder.ts';
import { readBoundedText } from '../../audit/read-bounded-text.ts';
import { CommandRefused } from '../command.ts';

/** What a folder says that it is. Refused where it is none. */
export function readFolder(directory: string): EvidenceFolder {
  const text = readBoundedText(join(directory, EVIDENCE_FILE));
  const folder = text === null ? null : parseFile(evidenceFolderSchema, text);
  if (folder === null) {
    throw new CommandRefused('file_invalid', `${directory} has no ${EVIDENCE_FILE} of "audit evidence"`);
  }
  return folder;
}
