import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * One keep-alive TLS socket with one request under way at a time. Writes prepared bytes; of an answer it reads
 * the status and the content length, nothing else, so that the generator is not what is measured.
 */
export class Connection {
  readonly #socket: TLSSocket;
  #done: ((status: number) => void) | null = null;
  #head = '';
  #status = 0;
  /** Bytes of the body still to come; -1 while the head is read. */
  #left = -1;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // Status 0: the connection ended without a whole answer.
    socket.on('error', () => this.#finish(0));
    socket.on('close', () => this.#finish(0));
  }

  static async open(target: Target, secureContext: SecureContext): Promise<Connection> {
    const { host, port } = target;
    const socket = connect({ host, port, servername: 'localhost', secureContext, minVersion: 'TLSv1.3' });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new Connection(socket);
  }

  send(request: Buffer, done: (status: number) => void): void {
    if (this.#socket.destroyed) {
      setImmediate(done, 0);
      return;
    }
    this.#done = done;
    this.#socket.write(request);
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState === 'open';
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#left < 0) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: *([0-9]+)/i.exec(this.#head.slice(0, end + 2));
      if (length === null) {
        this.#socket.destroy(new Error('an answer without a content length'));
        return;
      }
      this.#status = Number(this.#head.slice(9, 12));
      this.#left = Number(length[1]) - (this.#head.length - end - 4);
      this.#head = '';
    } else {
      this.#left -= chunk.length;
    }
    if (this.#left <= 0) {
      this.#left = -1;
      this.#finish(this.#status);
    }
  }

  #finish(status: number): void {
    const done = this.#done;
    this.#done = null;
    done?.(status);
  }
}

/** Opened sixteen at a time, so that a crowd is not taken for an attack. */
export async function openConnections(target: Target, count: number): Promise<Connection[]> {
  const opened: Connection[] = [];
  const secureContext = createSecureContext({
    ca: readFileSync(target.caPath),
    cert: readFileSync(target.certPath),
    key: readFileSync(target.keyPath),
  });
  while (opened.length < count) {
    const some = Math.min(16, count - opened.length);
    opened.push(
      ...(await Promise.all(Array.from({ length: some }, () => Connection.open(target, secureContext)))),
    );
  }
  return opened;
}
