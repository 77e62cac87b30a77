import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the way between gateway and database does from now on. */
export type PostgresWeather =
  | { readonly kind: 'clear' }
  /** Every chunk from the server is held back that long. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Existing connections are cut and new ones are closed at once. */
  | { readonly kind: 'refuse' };

export interface PostgresProxy {
  readonly port: number;
  set(weather: PostgresWeather): void;
  /** Cuts the next `times` commits after the server said that they are done, before the gateway hears it. */
  cutNextCommits(times: number): void;
  /** What was done so far, so that a fault can be told from one that missed. */
  readonly done: {
    /** Commits whose answer was cut off. */
    readonly cuts: number;
    /** Commits whose answer was held back, while it was slow. */
    readonly delayedCommits: number;
    /** Connections that were cut, or closed as soon as they came. */
    readonly refused: number;
  };
  /** Resolves when another commit statement went through to the server, answered or not. */
  nextCommit(): Promise<void>;
  close(): Promise<void>;
}

/** The name under which the gateway prepares its commit statement; it is in every Bind of it. */
const COMMIT_STATEMENT = Buffer.from('commit_requests_v1');
const DATA_ROW = 0x44;
const READY_FOR_QUERY = 0x5a;
const IDLE = 0x49;

/**
 * Stands between gateway and PostgreSQL. It knows just enough of the protocol: from the client, the name of the
 * commit statement in the bytes; from the server, the frames (a type byte, a length) DataRow and ReadyForQuery in
 * state idle, after which the transaction is durable. TLS to the database would blind it; the suite uses none.
 */
export async function startPostgresProxy(target: number): Promise<PostgresProxy> {
  let weather: PostgresWeather = { kind: 'clear' };
  let cutsWanted = 0;
  const done = { cuts: 0, delayedCommits: 0, refused: 0 };
  let waiting: (() => void)[] = [];
  const open = new Set<Socket>();

  const server: Server = createServer((inner) => {
    if (weather.kind === 'refuse') {
      done.refused += 1;
      inner.destroy();
      return;
    }
    const outer = connect(target, '127.0.0.1');
    inner.setNoDelay(true);
    outer.setNoDelay(true);
    let cutting = false;
    let committing = false;
    const toGateway = new DelayedWrites(inner);
    let tail: Buffer = Buffer.alloc(0);
    const frames = new FrameScanner();
    const end = (): void => {
      inner.destroy();
      outer.destroy();
      open.delete(inner);
      open.delete(outer);
    };
    for (const socket of [inner, outer]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    inner.on('data', (chunk: Buffer) => {
      const seen = Buffer.concat([tail, chunk]);
      tail = Buffer.from(seen.subarray(-(COMMIT_STATEMENT.length - 1)));
      if (seen.includes(COMMIT_STATEMENT)) {
        committing = true;
        for (const wake of waiting) wake();
        waiting = [];
        if (cutsWanted > 0) {
          cutsWanted -= 1;
          cutting = true;
          frames.rowSeen = false;
        }
      }
      outer.write(chunk);
    });
    outer.on('data', (chunk: Buffer) => {
      const isOver = frames.scan(chunk);
      if (cutting) {
        if (!isOver) return;
        done.cuts += 1;
        end();
        return;
      }
      const delayMs = weather.kind === 'slow' ? weather.delayMs : 0;
      if (delayMs > 0 && committing && isOver) done.delayedCommits += 1;
      if (isOver) committing = false;
      toGateway.write(chunk, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const drop = (): void => {
    for (const socket of [...open]) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set: (next) => {
      weather = next;
      if (next.kind !== 'refuse') return;
      done.refused += open.size / 2;
      drop();
    },
    cutNextCommits: (times) => {
      cutsWanted = times;
    },
    done,
    nextCommit: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      drop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Writes late and in order, also where what comes first has to wait longer than what comes after. */
class DelayedWrites {
  readonly #to: Socket;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(to: Socket) {
    this.#to = to;
  }

  write(chunk: Buffer, delayMs: number): void {
    if (delayMs === 0 && this.#waiting === 0) {
      this.#to.write(chunk);
      return;
    }
    this.#waiting += 1;
    const due = new Promise((resolve) => setTimeout(resolve, delayMs));
    this.#last = Promise.all([this.#last, due]).then(() => {
      this.#waiting -= 1;
      this.#to.write(chunk);
    });
  }
}

/** Follows the frames of the server's stream across chunks. */
export class FrameScanner {
  rowSeen = false;
  #rest: Buffer = Buffer.alloc(0);
  #skip = 0;

  /** True when, in this chunk, a statement that returned a row ended and no transaction is open. */
  scan(chunk: Buffer): boolean {
    let done = false;
    let bytes = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);
      // Type, length and, for ReadyForQuery, the state: six bytes decide every frame that matters.
      if (bytes.length < 5 || (bytes[0] === READY_FOR_QUERY && bytes.length < 6)) break;
      const type = bytes[0];
      if (type === DATA_ROW) this.rowSeen = true;
      if (type === READY_FOR_QUERY) {
        if (this.rowSeen && bytes[5] === IDLE) done = true;
        this.rowSeen = false;
      }
      this.#skip = 1 + bytes.readUInt32BE(1);
    }
    this.#rest = Buffer.from(bytes);
    return done;
  }
}
