import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** What went wrong with the command socket, by name. The message says what to do. */
export class CommandSocketError extends Error {
  readonly code: 'socket_unsafe' | 'socket_path_too_long' | 'socket_in_use' | 'socket_failed';

  constructor(code: CommandSocketError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** sockaddr_un: 108 bytes on Linux, 104 on macOS, the closing NUL included. */
const PATH_MAX_BYTES = 103;

export function commandSocketPath(dataDir: string): string {
  return join(dataDir, 'gateway.sock');
}

/**
 * Looks at the socket without following it: `absent`, or `ours`. Refuses what somebody may have laid there to
 * get our commands, or to have us remove something: a symbolic link, another kind of file, another owner.
 */
export function inspectSocket(path: string): 'absent' | 'ours' {
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) {
    throw new CommandSocketError(
      'socket_path_too_long',
      `the path of the command socket is longer than ${PATH_MAX_BYTES} bytes: ${path}; choose a shorter VV_TG_DATA_DIR`,
    );
  }
  let stats: Stats;
  try {
    stats = lstatSync(path);
  } catch (fault) {
    if (isAbsent(fault)) return 'absent';
    throw new CommandSocketError('socket_failed', `the command socket ${path} cannot be looked at`, {
      cause: fault,
    });
  }
  if (stats.isSymbolicLink()) throw unsafe(path, 'it is a symbolic link');
  if (!stats.isSocket()) throw unsafe(path, 'it is not a socket');
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid)
    throw unsafe(path, `it belongs to user ${stats.uid}, not to ${uid}`);
  if ((stats.mode & 0o077) !== 0) throw unsafe(path, 'others may open it');
  return 'ours';
}

function unsafe(path: string, why: string): CommandSocketError {
  return new CommandSocketError('socket_unsafe', `the command socket ${path} is refused: ${why}`);
}

function isAbsent(fault: unknown): boolean {
  return typeof fault === 'object' && fault !== null && 'code' in fault && fault.code === 'ENOENT';
}
