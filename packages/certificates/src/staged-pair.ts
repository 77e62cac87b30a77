import { X509Certificate } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CertificateResult, fault } from './certificate-fault.ts';
import { checkPrivateKey } from './check-private-key.ts';
import { fsyncDirectory, writeFileDurably } from './durable-file.ts';

/** A certificate and its key in the files that a program is configured with. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where the coming pair waits: beside the present one, on the same file system, so that a rename is all it takes. */
export function nextFiles({ certFile, keyFile }: PairFiles): PairFiles {
  return { certFile: `${certFile}.next`, keyFile: `${keyFile}.next` };
}

/** Codes: file_is_link. A link is somebody else's way of renewing (a mounted secret); replacing it would cut that off. */
export function checkReplaceable({ certFile, keyFile }: PairFiles): CertificateResult<null> {
  for (const path of [certFile, keyFile]) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      return fault('file_is_link', `${path} is a symbolic link: whatever made it renews the certificate`);
    }
  }
  return { ok: true, value: null };
}

/** Writes the coming pair; the key first, so that a certificate which is there has its key. */
export function stagePair(files: PairFiles, pair: { certPem: string; keyPem: string }, unique: string): void {
  const next = nextFiles(files);
  writeFileDurably(next.keyFile, pair.keyPem, 0o600, unique);
  writeFileDurably(next.certFile, pair.certPem, 0o644, unique);
}

/**
 * Puts the coming pair in the place of the present one: two renames, the certificate first. A program that looks
 * between them finds a key that does not fit and keeps what it has. After a crash between them `finishSwitch` goes on.
 */
export function switchPair(files: PairFiles): void {
  const next = nextFiles(files);
  renameSync(next.certFile, files.certFile);
  renameSync(next.keyFile, files.keyFile);
  for (const directory of new Set([dirname(files.certFile), dirname(files.keyFile)]))
    fsyncDirectory(directory);
}

/** Ends what a crash has cut in two. True: the key was still missing, and is in its place now. */
export function finishSwitch(files: PairFiles): boolean {
  const next = nextFiles(files);
  if (lstatSync(next.certFile, { throwIfNoEntry: false }) !== undefined) return false;
  try {
    const certificate = new X509Certificate(readFileSync(files.certFile));
    if (!checkPrivateKey(readFileSync(next.keyFile, 'utf8'), certificate).ok) return false;
  } catch {
    return false;
  }
  renameSync(next.keyFile, files.keyFile);
  fsyncDirectory(dirname(files.keyFile));
  return true;
}

/** Throws away a coming pair that will not be used. */
export function dropStaged(files: PairFiles): void {
  const next = nextFiles(files);
  rmSync(next.certFile, { force: true });
  rmSync(next.keyFile, { force: true });
}
