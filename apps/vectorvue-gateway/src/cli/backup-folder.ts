import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandRefused } from './command.ts';

const DUMP_FILE = 'database.tar.gz';
const MANIFEST_FILE = 'backup.json';
const FORMAT = 'vectorvue-backup/1';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  made_at: z.iso.datetime(),
  newest_migration: z.string().max(128),
  /** At least: what was committed while the dump waited for its turn is in it, too. */
  audit_entries: z.int().min(0),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

/**
 * Writes a folder that must not be there: files of mode 0600 in a folder of 0700, synced, and under its name only when it is
 * whole. Throws CommandRefused `folder_exists`, `folder_invalid`.
 */
export function writeBackup(
  folder: string,
  dump: Uint8Array,
  facts: Pick<BackupManifest, 'made_at' | 'newest_migration' | 'audit_entries'>,
): BackupManifest {
  if (existsSync(folder))
    throw new CommandRefused('folder_exists', `${folder} is there already; give a new one`);
  const manifest: BackupManifest = { format: FORMAT, ...facts, bytes: dump.byteLength, sha256: sha256(dump) };
  const partial = `${folder}.partial`;
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { mode: 0o700 });
    writeSynced(join(partial, DUMP_FILE), dump);
    writeSynced(join(partial, MANIFEST_FILE), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    syncDirectory(partial);
    renameSync(partial, folder);
    syncDirectory(dirname(folder));
    return manifest;
  } catch (fault) {
    rmSync(partial, { recursive: true, force: true });
    const { code } = fault as { readonly code?: unknown };
    throw new CommandRefused('folder_invalid', `${folder} cannot be written (${String(code ?? 'unknown')})`);
  }
}

/** Throws CommandRefused `folder_exists`. */
export function refuseExisting(folder: string): void {
  if (existsSync(folder))
    throw new CommandRefused('folder_exists', `${folder} is there already; give a new one`);
}

/** Throws CommandRefused `backup_invalid` where the folder is no backup, or the dump is not the one that was written. */
export function readBackup(folder: string): { readonly manifest: BackupManifest; readonly dump: Blob } {
  let manifest: BackupManifest;
  let dump: Buffer;
  try {
    manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8')));
    dump = readFileSync(join(folder, DUMP_FILE));
  } catch {
    throw new CommandRefused('backup_invalid', `${folder} is no folder of "vectorvue-gateway backup"`);
  }
  if (dump.byteLength !== manifest.bytes || sha256(dump) !== manifest.sha256) {
    throw new CommandRefused(
      'backup_invalid',
      `${join(folder, DUMP_FILE)} is not what was written: its SHA-256 is another`,
    );
  }
  return { manifest, dump: new Blob([new Uint8Array(dump)]) };
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
