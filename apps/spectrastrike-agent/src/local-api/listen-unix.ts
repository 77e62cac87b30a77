import { chmodSync, lstatSync, type Stats, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { StateFault } from '../state/state-fault.ts';

/** sockaddr_un: 108 bytes on Linux, 104 on macOS, the closing NUL included. */
export const SOCKET_PATH_MAX_BYTES = 103;

/** Where the local API of this data directory is, unless the settings say otherwise. */
export function intakeSocket(dataDir: string): string {
  return join(dataDir, 'intake.sock');
}

/**
 * Listens on a unix socket that only its owner may open. A socket which a dead process left is replaced; one that
 * answers is a living agent's and is refused, like anything at that path which is no socket of ours: a symbolic link
 * could have us remove, or serve from, somewhere else. Throws StateFault.
 */
export async function listenUnix(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    throw new StateFault(
      'state_unusable',
      `${path}: a socket's path has at most ${SOCKET_PATH_MAX_BYTES} bytes; choose a shorter SPECTRASTRIKE_DATA_DIR`,
    );
  }
  if (isOurSocket(path)) await removeStale(path);
  await bind(server, path);
}

/** false: nothing is there. Throws StateFault for anything that is no socket of this user. */
export function isOurSocket(path: string): boolean {
  let stats: Stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    throw unusable(path, `it cannot be looked at (${errnoCode(error) ?? 'unknown error'})`);
  }
  if (!stats.isSocket()) throw unusable(path, 'something that is no socket is in its place');
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) throw unusable(path, 'it belongs to another user');
  return true;
}

/** ECONNREFUSED alone means that nobody listens; whatever else goes wrong, the socket may be somebody's. */
async function removeStale(path: string): Promise<void> {
  const outcome = await new Promise<string>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve('alive');
    });
    probe.once('error', (error) => resolve(errnoCode(error) ?? 'unknown error'));
  });
  if (outcome === 'ENOENT') return;
  if (outcome === 'alive') throw unusable(path, 'another process listens on it');
  if (outcome !== 'ECONNREFUSED') throw unusable(path, `who listens cannot be told (${outcome})`);
  unlinkSync(path);
}

/** bind() happens within listen(), before it returns: under this mask the socket is never open to others. */
async function bind(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  const bound = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
  });
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  try {
    await bound;
    chmodSync(path, 0o600);
  } catch (error) {
    server.close();
    throw unusable(path, `it cannot be opened (${errnoCode(error) ?? 'unknown error'})`);
  }
}

function unusable(path: string, why: string): StateFault {
  return new StateFault('state_unusable', `the intake socket ${path} is refused: ${why}`);
}
