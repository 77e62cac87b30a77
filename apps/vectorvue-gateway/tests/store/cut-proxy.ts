import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a server, which cuts connections at a chosen moment. */
export interface CutProxy {
  readonly port: number;
  /** Cuts the connection that next sends `marker`: when the server's answer is back (which is not passed on). */
  cutAfterAnswer(marker: string): void;
  /** The same, but at once when the client has sent it: the server goes on alone. */
  cutAfterRequest(marker: string): void;
  cuts(): number;
  close(): Promise<void>;
}

export async function cutProxy(target: number): Promise<CutProxy> {
  let armed: { readonly marker: string; readonly when: 'answer' | 'request' } | null = null;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let swallowing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      const { when, marker } = armed ?? { when: null, marker: '' };
      if (when !== null && chunk.includes(marker)) {
        armed = null;
        if (when === 'request') {
          // Half-closed towards the server only later: it must get the whole request and not notice that nobody waits.
          upstream.write(chunk, () => {
            cuts += 1;
            client.destroy();
          });
          return;
        }
        swallowing = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!swallowing) {
        client.write(chunk);
        return;
      }
      // The answer may come in pieces; the first one is as good as all.
      if (!client.destroyed) cuts += 1;
      client.destroy();
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      // The server process of a request that was cut off is left alone with it.
      if (cuts === 0) upstream.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cutAfterAnswer(marker) {
      armed = { marker, when: 'answer' };
    },
    cutAfterRequest(marker) {
      armed = { marker, when: 'request' };
    },
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
