import type { Socket } from 'node:net';
import { canonicalAddress } from './proxy-header.ts';

const known = new WeakMap<Socket, string>();
/** Only connections that came with a PROXY header, while they live. */
const byEnds = new Map<string, Socket>();

/** What the PROXY header of a trusted balancer said of this TCP connection. */
export function setClientAddress(socket: Socket, client: string): void {
  const ends = endsOf(socket);
  known.set(socket, client);
  byEnds.set(ends, socket);
  socket.once('close', () => {
    // The same ends may be another connection by now.
    if (byEnds.get(ends) === socket) byEnds.delete(ends);
  });
}

/**
 * Whose connection a TCP or TLS socket is: what a PROXY header said, else the other end of the TCP connection; null where
 * it has ended and was never asked about before. In canonical form.
 *
 * A TLS socket does not say publicly which TCP socket it stands on, but it has the same two ends.
 */
export function clientAddressOf(socket: Socket): string | null {
  const asked = known.get(socket);
  if (asked !== undefined) return asked;
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return null;
  const below = byEnds.size === 0 ? undefined : byEnds.get(endsOf(socket));
  const said = below === undefined ? undefined : known.get(below);
  const address = said ?? canonicalAddress(remoteAddress.replace(/%.*$/, ''));
  known.set(socket, address);
  return address;
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
