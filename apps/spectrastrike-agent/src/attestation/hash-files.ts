import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Something whose files are part of the agent: `label` takes the place of its path on this machine. */
export interface InstallationRoot {
  /** Empty for the agent itself, else the package name. */
  readonly label: string;
  readonly path: string;
  /** Names below `path` that belong to the installation; one that does not exist is left out. */
  readonly entries: readonly string[];
}

/**
 * Relative path (always with `/`) -> lower-case hex SHA-256 of every file below the roots. A symbolic link
 * is measured as the link that it is and never followed: what it points to is not the agent's own file, and
 * a link out of the installation must show up as a difference.
 * Throws what the file system throws: a file that cannot be read must not be left out silently.
 */
export async function hashInstallation(roots: readonly InstallationRoot[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const root of roots) {
    for (const entry of root.entries) {
      await hashBelow(root.path, entry, root.label, hashes);
    }
  }
  return hashes;
}

async function hashBelow(
  base: string,
  relative: string,
  label: string,
  hashes: Map<string, string>,
): Promise<void> {
  const path = join(base, relative);
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  const name = label === '' ? relative : `${label}/${relative}`;
  if (status.isSymbolicLink()) {
    hashes.set(
      name,
      createHash('sha256')
        .update(`symlink:${readlinkSync(path)}`)
        .digest('hex'),
    );
  } else if (status.isDirectory()) {
    for (const child of readdirSync(path).sort()) {
      await hashBelow(base, `${relative}/${child}`, label, hashes);
    }
  } else if (status.isFile()) {
    hashes.set(name, await hashFile(path));
  }
}

/** An installation has hundreds of files, nearly all of them small: a stream for each costs more than all their hashes. Bytes. */
const READ_AT_ONCE = 256 * 1024;

/** Lower-case hex SHA-256 of a file; a large one, as a tool binary may be, is streamed. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  if (statSync(path).size <= READ_AT_ONCE) hash.update(readFileSync(path));
  else await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
