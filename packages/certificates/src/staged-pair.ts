import { X509Certificate } from 'node:crypto';
import { chownSync, lstatSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CertificateResult, fault } from './certificate-fault.ts';
import { checkPrivateKey } from './check-private-key.ts';
import { fsyncDirectory, writeFileDurably } from './durable-file.ts';
import { pinOf } from './read-certificates.ts';

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
  keepOwner(next.keyFile, files.keyFile);
  writeFileDurably(next.certFile, pair.certPem, 0o644, unique);
  keepOwner(next.certFile, files.certFile);
}

/** A renewal by root must not leave files that the program's own user cannot read. */
function keepOwner(path: string, model: string): void {
  const own = statSync(path);
  const { uid, gid } = statSync(model, { throwIfNoEntry: false }) ?? own;
  if (own.uid !== uid || own.gid !== gid) chownSync(path, uid, gid);
}

/**
 * Puts the coming pair in the place of the present one: two renames, the certificate first. A program that looks
 * between them finds a key that does not fit and keeps what it has. After a crash between them `finishSwitch` goes on.
 * Codes: file_unreadable, key_mismatch: another run has staged something else meanwhile, and nothing is switched.
 */
export function switchPair(files: PairFiles, sha256: string): CertificateResult<null> {
  const next = nextFiles(files);
  try {
    const certificate = new X509Certificate(readFileSync(next.certFile));
    const key = checkPrivateKey(readFileSync(next.keyFile, 'utf8'), certificate);
    if (!key.ok || pinOf(certificate) !== sha256) {
      return fault('key_mismatch', 'the staged pair is another one by now; run it again');
    }
  } catch {
    return fault('file_unreadable', 'the staged pair has gone; run it again');
  }
  renameSync(next.certFile, files.certFile);
  renameSync(next.keyFile, files.keyFile);
  for (const directory of new Set([dirname(files.certFile), dirname(files.keyFile)]))
    fsyncDirectory(directory);
  return { ok: true, value: null };
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
