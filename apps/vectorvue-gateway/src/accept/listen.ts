import type { AddressInfo } from 'node:net';
import type { ListenAddress } from '../config/gateway-config.ts';
import { deferred } from './deferred.ts';

interface Listener {
  listen(port: number, host: string): unknown;
  address(): AddressInfo | string | null;
  once(event: 'error' | 'listening', handler: (fault: Error) => void): unknown;
  off(event: 'error', handler: (fault: Error) => void): unknown;
}

/** Resolves with `host:port` once the server accepts connections; rejects where it cannot. */
export async function listen(server: Listener, address: ListenAddress): Promise<string> {
  const { promise, resolve, reject } = deferred();
  server.once('error', reject);
  server.once('listening', () => resolve());
  server.listen(address.port, address.host);
  await promise;
  server.off('error', reject);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the listener has no address');
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}
