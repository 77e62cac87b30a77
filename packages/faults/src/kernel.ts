import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What Linux says about processes and sockets, so that nobody who takes part has to be asked. */
export const hasKernelFiles: boolean = process.platform === 'linux';

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** False as well for one that is dead and not yet buried. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Sockets of every kind that a process and its children hold open. */
export function openSockets(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  const own = readdirSync(directory).filter((name) => isSocket(`${directory}/${name}`)).length;
  return childrenOf(pid).reduce((sum, child) => sum + openSockets(child), own);
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false; // closed meanwhile
  }
}

/**
 * Bytes that wait to be taken from the sender's side of a TCP connection of 127.0.0.1, from `localPort` to
 * `remotePort`; null if there is no such connection.
 */
export function unsentBytes(localPort: number, remotePort: number): number | null {
  const end = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((one) => one.includes(`${end(localPort)} ${end(remotePort)}`));
  const queues = line?.trim().split(/\s+/)[4];
  return queues === undefined ? null : Number.parseInt(queues.split(':')[0] ?? '', 16);
}
