import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The file of a folder that says what belongs to it. */
export const EVIDENCE_FILE = 'evidence.json';
export const CHECKPOINT_FILE = 'checkpoint.json';
export const LOG_FILE = 'log.jsonl';
export const PROOFS_DIRECTORY = 'proofs';
/** What a demonstration says that it did; optional. */
export const STORY_FILE = 'smoke.json';

/** With an extension: so it is no name that every JavaScript object has. */
const FILE_NAME = /^(?:[a-z0-9-]+\/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
const DIRECTORY_NAME = /^[a-z0-9-]+$/;
const MAX_FILES = 20_000;

/**
 * `evidence.json`: what the folder is about and which files it has. Whoever changes a file can change this too: it finds
 * damage and says where; what cannot be changed unseen is what proofs and checkpoint say (`check-folder.ts`).
 */
export const evidenceFolderSchema = z.strictObject({
  kind: z.literal('nyxera.evidence-folder'),
  v: z.literal(1),
  /** Name of the log. */
  log: z.string().max(255),
  /** Verifier key (C2SP) of the log. */
  key: z.string().max(1_024),
  /** Entries below the checkpoint. */
  size: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Requests that were recorded in this time are proven; null: no bound. RFC 3339, UTC. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime().nullable(),
  files: z.record(
    z.string().regex(FILE_NAME).max(255),
    z.strictObject({ bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

export type EvidenceFolder = z.infer<typeof evidenceFolderSchema>;

export interface FolderListing {
  /** Relative to the folder, sorted; without `evidence.json`. */
  readonly files: readonly string[];
  /** A link, a folder in a folder, a name that is no plain one: nothing of that belongs into evidence. */
  readonly strange: readonly string[];
}

/** What is in a folder and one level below it. Links are not followed: they would lead elsewhere on another machine. */
export function listFolder(directory: string): FolderListing {
  const files: string[] = [];
  const strange: string[] = [];
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (name === EVIDENCE_FILE) continue;
      if (entry.isDirectory() && below === '' && DIRECTORY_NAME.test(name)) visit(name);
      else if (entry.isFile() && FILE_NAME.test(name) && files.length < MAX_FILES) files.push(name);
      else strange.push(name);
    }
  };
  visit('');
  return { files: files.sort(), strange: strange.sort() };
}

/** Read as a stream: the export of a log can be large. */
export async function describeFile(path: string): Promise<EvidenceFolder['files'][string]> {
  if (!lstatSync(path).isFile()) throw new Error('not a plain file');
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    digest.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: digest.digest('hex') };
}
