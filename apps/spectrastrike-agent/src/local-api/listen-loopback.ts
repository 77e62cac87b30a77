import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errnoCode } from '@nyxera/federation-cli';
import { StateFault } from '../state/state-fault.ts';

/** Listens on a loopback address and returns `host:port` as bound. Throws StateFault. */
export async function listenLoopback(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = errnoCode(error) ?? 'unknown error';
    throw new StateFault('state_unusable', `the intake listener ${host}:${port} cannot be opened (${code})`);
  }
  return server.address() as AddressInfo;
}

/** What a client may write into its Host header for this listener. */
export function hostNames(address: AddressInfo): readonly string[] {
  const own = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return [`${own}:${address.port}`, `localhost:${address.port}`];
}
