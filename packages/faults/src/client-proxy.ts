import { connect, createServer, type Socket } from 'node:net';

/** Where the connection between client and gateway breaks. The bytes are TLS: places are counted in chunks. */
export type Cut =
  /** Before the gateway sees a byte of the request. */
  | 'before-request'
  /** After half of the request. */
  | 'during-request'
  /** The whole request arrives; not a byte of the answer comes back. */
  | 'before-response'
  /** After half of the answer's first chunk. */
  | 'during-response'
  /** When the answer's first chunk was passed on. */
  | 'after-response';

export interface ClientProxy {
  readonly port: number;
  /** The next chunk that a client sends on an open connection is the beginning of the fault. */
  arm(cut: Cut): void;
  cuts(): number;
  close(): Promise<void>;
}

export async function startClientProxy(target: number): Promise<ClientProxy> {
  let armed: Cut | null = null;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    let pending: Cut | null = null;
    const end = (): void => {
      inner.destroy();
      outer.destroy();
      open.delete(inner);
      open.delete(outer);
    };
    const cut = (): void => {
      cuts += 1;
      end();
    };
    for (const socket of [inner, outer]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    inner.on('data', (chunk: Buffer) => {
      if (armed !== null) {
        pending = armed;
        armed = null;
      }
      if (pending === 'before-request') cut();
      else if (pending === 'during-request') {
        // Ends only when the half is on its way: a destroyed socket forgets what it has not written.
        outer.write(chunk.subarray(0, chunk.length >> 1), cut);
        pending = null;
      } else outer.write(chunk);
    });
    outer.on('data', (chunk: Buffer) => {
      if (pending === 'before-response') cut();
      else if (pending === 'during-response') {
        inner.write(chunk.subarray(0, chunk.length >> 1), cut);
        pending = null;
      } else if (pending === 'after-response') {
        inner.write(chunk, cut);
        pending = null;
      } else inner.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    arm: (next) => {
      armed = next;
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of [...open]) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
