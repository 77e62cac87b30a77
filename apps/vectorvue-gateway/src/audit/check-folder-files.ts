import { join } from 'node:path';
import {
  CHECKPOINT_FILE,
  describeFile,
  type EvidenceFolder,
  LOG_FILE,
  listFolder,
} from './evidence-folder.ts';
import { type FolderFault, folderFault } from './folder-fault.ts';

/** That the folder has the files that it had when it was sealed, and no others. */
export async function checkFiles(directory: string, folder: EvidenceFolder): Promise<FolderFault | null> {
  const { files, strange } = listFolder(directory);
  const [odd] = strange;
  if (odd !== undefined)
    return folderFault('unlisted_file', odd, 'a link, or a name that does not belong here');
  for (const name of [CHECKPOINT_FILE, LOG_FILE]) {
    if (folder.files[name] === undefined)
      return folderFault('missing_file', name, 'the folder was sealed without it');
  }
  const there = new Set(files);
  for (const [name, sealed] of Object.entries(folder.files)) {
    if (!there.has(name)) return folderFault('missing_file', name, 'it was there when the folder was sealed');
    const now = await describeFile(join(directory, name));
    if (now.sha256 !== sealed.sha256 || now.bytes !== sealed.bytes) {
      return folderFault('changed_file', name, 'it is not what it was when the folder was sealed');
    }
  }
  const extra = files.find((name) => folder.files[name] === undefined);
  return extra === undefined
    ? null
    : folderFault('unlisted_file', extra, 'it came after the folder was sealed');
}
