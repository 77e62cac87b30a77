/** A distance between the two ends, for a load that lasts without filling the machine. It reads nothing: what passes is TLS. */
import { connect, createServer, type Socket } from 'node:net';

export interface SlowLink {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on loopback; what `toPort` says comes back `delayMs` later, in its order. What is said to it waits for nothing. */
export async function startSlowLink(toPort: number, delayMs: number): Promise<SlowLink> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.once('error', () => other.destroy());
      one.once('close', () => open.delete(one));
    }
    near.pipe(far);
    // Timers of one length fire in the order in which they were set.
    far.on('data', (piece) => setTimeout(() => near.write(piece), delayMs));
    far.once('close', () => setTimeout(() => near.end(), delayMs));
    near.once('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the link has no port');
  return {
    port: address.port,
    close: async () => {
      for (const one of open) one.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
