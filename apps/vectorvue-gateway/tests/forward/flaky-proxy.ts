import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that loses what it is told to lose. */
export interface FlakyProxy {
  readonly port: number;
  /** Connections so far. */
  connections(): number;
  /** Takes bytes from the client and passes none on, as a line that has gone dead without a sign. */
  swallow(on: boolean): void;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

export async function flakyProxy(target: number): Promise<FlakyProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections += 1;
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        if (!swallowing) other.write(chunk);
      });
      socket.on('end', () => {
        if (!swallowing) other.end();
      });
      socket.on('close', (hadError) => {
        sockets.delete(socket);
        if (hadError) other.resetAndDestroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    connections: () => connections,
    swallow: (on) => {
      swallowing = on;
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
