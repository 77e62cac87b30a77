import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeFile, EVIDENCE_FILE, type EvidenceFolder, listFolder } from '../../audit/evidence-folder.ts';
import { CommandRefused } from '../command.ts';

/** Writes `evidence.json` for what is in the folder now: beside the old one, then over it, so that one is always there. */
export async function sealFolder(
  directory: string,
  about: Omit<EvidenceFolder, 'files'>,
): Promise<EvidenceFolder> {
  const { files, strange } = listFolder(directory);
  const [odd] = strange;
  if (odd !== undefined) {
    throw new CommandRefused(
      'file_invalid',
      `${odd} is a link, or has a name that does not belong into evidence`,
    );
  }
  const described: EvidenceFolder['files'] = {};
  for (const name of files) described[name] = await describeFile(join(directory, name));
  const folder: EvidenceFolder = { ...about, files: described };
  const path = join(directory, EVIDENCE_FILE);
  const descriptor = openSync(`${path}.new`, 'w', 0o600);
  writeSync(descriptor, `${JSON.stringify(folder, null, 1)}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${path}.new`, path);
  return folder;
}
