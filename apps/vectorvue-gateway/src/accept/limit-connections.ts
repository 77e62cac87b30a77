import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Limits } from '../config/gateway-config.ts';
import { peerOf } from '../mtls-server.ts';
import { clientAddressOf } from '../tls/client-addresses.ts';

export type ConnectionRefusal = 'connections' | 'connections_per_address' | 'connections_per_peer';

/**
 * Ends connections beyond their limits: all together (Node does that, and says so), of one address before the
 * handshake, of one client certificate after it. Without a word, because before a request there is nobody to answer.
 */
export function limitConnections(
  server: Server,
  limits: Pick<Limits, 'maxConnectionsPerAddress' | 'maxConnectionsPerPeer'>,
  onRefused: (reason: ConnectionRefusal, client: string | null) => void,
): void {
  const addresses = new Tally(limits.maxConnectionsPerAddress);
  const peers = new Tally(limits.maxConnectionsPerPeer);
  server.on('drop', (ends) => onRefused('connections', ends?.remoteAddress ?? null));
  if (limits.maxConnectionsPerAddress > 0) {
    server.on('connection', (socket: Socket) => {
      const client = clientAddressOf(socket);
      if (addresses.admit(client ?? '', socket)) return;
      onRefused('connections_per_address', client);
      socket.destroy();
    });
  }
  if (limits.maxConnectionsPerPeer > 0) {
    server.on('secureConnection', (socket: TLSSocket) => {
      const peer = peerOf(socket);
      if (peer === null || peers.admit(peer.certificateSha256, socket)) return;
      onRefused('connections_per_peer', peer.address);
      socket.destroy();
    });
  }
}

/** How many connections a key has open. One that has none is forgotten, so that strangers cannot grow the map. */
class Tally {
  readonly #open = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  admit(key: string, socket: Socket): boolean {
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#limit) return false;
    this.#open.set(key, open + 1);
    socket.once('close', () => {
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left === 0) this.#open.delete(key);
      else this.#open.set(key, left);
    });
    return true;
  }
}
