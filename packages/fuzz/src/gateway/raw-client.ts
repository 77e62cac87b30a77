import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { Layout } from './lay-out.ts';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Status line and headers as they came. */
  readonly head: string;
}

export interface Endpoints {
  readonly host: string;
  readonly port: number;
  /** CA, certificate and key, read once: a context of its own for every connection costs more than its handshake. */
  readonly secureContext: SecureContext;
}

/** How long an answer may take before it counts as none. Milliseconds. */
const PATIENCE_MS = 20_000;

/** One keep-alive connection that writes prepared bytes; it knows just enough HTTP to find the end of an answer. */
export class RawClient {
  readonly #to: Endpoints;
  #socket: TLSSocket | null = null;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;
  connections = 0;

  constructor(to: Endpoints) {
    this.#to = to;
  }

  /** The final answers, fewer than asked for where the connection ended. `null` at the end: no answer in time. */
  async exchange(layout: Layout, isHead: boolean): Promise<(RawAnswer | null)[]> {
    const socket = await this.#connected();
    for (const piece of layout.pieces) {
      if (!socket.writable) break;
      socket.write(piece);
      if (layout.pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (layout.end) socket.end();
    const answers: (RawAnswer | null)[] = [];
    while (answers.length < layout.answers) {
      const answer = await this.#answer(isHead);
      if (answer === 'closed') break;
      answers.push(answer);
      if (answer === null || answer.headers.get('connection') === 'close') break;
    }
    const last = answers.at(-1);
    const closing = last === undefined || last === null || last.headers.get('connection') === 'close';
    if (layout.disposable || closing || this.#buffer.length > 0) this.close();
    return answers;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #connected(): Promise<TLSSocket> {
    if (this.#socket?.writable === true && !this.#ended) return this.#socket;
    this.close();
    const { host, port, secureContext } = this.#to;
    this.#buffer = Buffer.alloc(0);
    this.#ended = false;
    this.connections += 1;
    const socket = connect({ host, port, servername: 'localhost', secureContext });
    socket.setNoDelay(true);
    this.#socket = socket;
    const ended = (): void => {
      if (socket !== this.#socket) return;
      this.#ended = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      if (socket !== this.#socket) return;
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    socket.on('end', ended);
    socket.on('error', ended);
    socket.on('close', ended);
    await new Promise<void>((resolve) => {
      socket.once('secureConnect', resolve);
      socket.once('close', () => resolve());
    });
    return socket;
  }

  async #answer(isHead: boolean): Promise<RawAnswer | null | 'closed'> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const parsed = this.#parse(isHead);
      if (parsed !== null) {
        if (parsed.status >= 200) return parsed;
        continue;
      }
      if (this.#ended) return 'closed';
      if (Date.now() > deadline) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #parse(isHead: boolean): RawAnswer | null {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = this.#buffer.toString('latin1', 0, end);
    const [first = '', ...lines] = head.split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const status = Number(first.split(' ')[1]);
    const length = isHead || status < 200 ? 0 : Number(headers.get('content-length') ?? 0);
    if (this.#buffer.length < end + 4 + length) return null;
    const body = this.#buffer.toString('utf8', end + 4, end + 4 + length);
    this.#buffer = this.#buffer.subarray(end + 4 + length);
    return { status, headers, body, head };
  }
}
