import { join } from 'node:path';
import {
  type NoteVerifier,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  type SignedCheckpoint,
} from '@nyxera/federation-protocol';
import {
  checkProof,
  checkpointFileSchema,
  type ProofFile,
  parseFile,
  proofFileSchema,
} from '@nyxera/federation-protocol/audit-proof';
import { checkFiles } from './check-folder-files.ts';
import { checkLogFile, type LoggedRequest } from './check-log-file.ts';
import { checkStory } from './check-story.ts';
import { CHECKPOINT_FILE, type EvidenceFolder, LOG_FILE, PROOFS_DIRECTORY } from './evidence-folder.ts';
import { type FolderFault, type FolderFaultCode, folderFault } from './folder-fault.ts';
import { readBoundedText } from './read-bounded-text.ts';

export interface FolderFacts {
  readonly entries: number;
  readonly pruned: number;
  /** Requests with a proof; of these, those whose signed bytes are in it. */
  readonly requests: number;
  readonly withEvidence: number;
  /** Proven outcomes, by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly witnesses: readonly string[];
  /** Steps of the story that name a request, each compared with what was recorded; null: there is no story. */
  readonly steps: number | null;
  readonly files: number;
  /** Files of which nothing but their hash in `evidence.json` was checked. */
  readonly unproven: readonly string[];
}

export type FolderCheck =
  | { readonly ok: true; readonly facts: FolderFacts }
  | { readonly ok: false; readonly fault: FolderFault };

/**
 * Checks an evidence folder by itself, in the order in which one thing vouches for the next, and stops at the first fault:
 * files as sealed, checkpoint by a key of the log, the whole log by the checkpoint's root, each proof under that
 * checkpoint, a proof for each request that the log has, and the story by the proofs.
 * @param log keys of the log that the caller trusts; the folder's own proves only that the folder agrees with itself.
 */
export async function checkFolder(
  directory: string,
  folder: EvidenceFolder,
  log: readonly NoteVerifier[],
): Promise<FolderCheck> {
  const changed = await checkFiles(directory, folder);
  if (changed !== null) return { ok: false, fault: changed };

  const checkpoint = openFolderCheckpoint(directory, folder, log);
  if ('code' in checkpoint) return { ok: false, fault: checkpoint };

  const logged = await checkLogFile(join(directory, LOG_FILE), checkpoint, folder);
  if (!logged.ok) return logged;

  const proofs = checkProofs(directory, folder, checkpoint, log, logged.requests);
  if ('code' in proofs) return { ok: false, fault: proofs };

  const story = checkStory(directory, folder, logged.requests);
  if (!story.ok) return story;

  const isProof = (name: string) => name.startsWith(`${PROOFS_DIRECTORY}/`);
  const checked = new Set([CHECKPOINT_FILE, LOG_FILE, ...(story.file === null ? [] : [story.file])]);
  const names = Object.keys(folder.files);
  return {
    ok: true,
    facts: {
      entries: logged.entries,
      pruned: logged.pruned,
      ...proofs,
      steps: story.steps,
      files: names.length,
      unproven: names.filter((name) => !isProof(name) && !checked.has(name)),
    },
  };
}

function openFolderCheckpoint(
  directory: string,
  folder: EvidenceFolder,
  log: readonly NoteVerifier[],
): SignedCheckpoint | FolderFault {
  const text = readBoundedText(join(directory, CHECKPOINT_FILE));
  const file = text === null ? null : parseFile(checkpointFileSchema, text);
  if (file === null)
    return folderFault('file_invalid', CHECKPOINT_FILE, 'this is no file of "audit checkpoint"');
  const opened = openCheckpoint(file.checkpoint, folder.log, log);
  if (!opened.ok) return folderFault(opened.code, CHECKPOINT_FILE, opened.detail);
  if (opened.value.size !== folder.size) {
    return folderFault('checkpoint_differs', CHECKPOINT_FILE, `the folder is about ${folder.size} entries`);
  }
  return opened.value;
}

function checkProofs(
  directory: string,
  folder: EvidenceFolder,
  checkpoint: SignedCheckpoint,
  log: readonly NoteVerifier[],
  logged: ReadonlyMap<string, LoggedRequest>,
): Pick<FolderFacts, 'requests' | 'withEvidence' | 'codes' | 'witnesses'> | FolderFault {
  const codes: Record<string, number> = {};
  const witnesses = new Set<string>();
  let withEvidence = 0;
  for (const requestId of logged.keys()) {
    const place = `${PROOFS_DIRECTORY}/${requestId}.json`;
    if (folder.files[place] === undefined) {
      return folderFault(
        'unproven_request',
        place,
        'the log has this request, and the folder no proof of it',
      );
    }
    const file = readProof(join(directory, place));
    if (file === null) return folderFault('file_invalid', place, 'this is no file of "audit prove"');
    if (file.request_id !== requestId) {
      return folderFault('wrong_request', place, `this is the proof of request ${file.request_id}`);
    }
    const checked = checkProof(file, log);
    if (!checked.ok) return folderFault(checked.code, `${place}, ${checked.place}`, checked.detail);
    if (!isOf(file, checkpoint)) {
      return folderFault(
        'checkpoint_differs',
        place,
        'it is proven under another checkpoint than the folder has',
      );
    }
    // A request of a batch has an entry for each item; a proof must not leave one of them out.
    if (checked.facts.length < (logged.get(requestId)?.codes.length ?? 0)) {
      return folderFault(
        'unproven_request',
        place,
        'the log has more entries of this request than are proven',
      );
    }
    for (const { code } of checked.facts) codes[code] = (codes[code] ?? 0) + 1;
    for (const name of checked.witnesses) witnesses.add(name);
    if (checked.evidence) withEvidence += 1;
  }
  const extra = Object.keys(folder.files).find(
    (name) =>
      name.startsWith(`${PROOFS_DIRECTORY}/`) && !logged.has(name.slice(PROOFS_DIRECTORY.length + 1, -5)),
  );
  if (extra !== undefined) return wrongExtra(extra);
  return { requests: logged.size, withEvidence, codes, witnesses: [...witnesses].sort() };
}

function readProof(path: string): ProofFile | null {
  const text = readBoundedText(path);
  return text === null ? null : parseFile(proofFileSchema, text);
}

/** That its note is of the same tree; it may have other cosignatures. Its signature was checked already. */
function isOf({ checkpoint: note }: ProofFile, checkpoint: SignedCheckpoint): boolean {
  const parsed = parseNote(note);
  const head = parsed.ok ? parseCheckpointText(parsed.value.text) : parsed;
  return (
    head.ok && head.value.size === checkpoint.size && Buffer.from(head.value.root).equals(checkpoint.root)
  );
}

function wrongExtra(place: string): FolderFault {
  const code: FolderFaultCode = 'wrong_request';
  return folderFault(code, place, 'the log has no such request in the time that the folder is about');
}
