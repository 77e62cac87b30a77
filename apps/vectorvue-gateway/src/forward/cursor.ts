import { randomUUID } from 'node:crypto';
import type { Queryable } from '../store/database.ts';
import {
  ADVANCE_CURSOR,
  CREATE_CURSOR,
  FORWARD_SESSION,
  NAME_FORWARD_SESSION,
  NOTE_FAILURE,
  READ_CURSOR,
  RELEASE_FORWARD_LOCK,
  TAKE_FORWARD_LOCK,
} from '../store/sql/forward.ts';

export interface Cursor {
  /** The first entry that is not acknowledged. */
  readonly next: number;
  /** Changes with every rewind. */
  readonly generation: number;
  /** How many entries the log has. */
  readonly size: number;
}

/**
 * The stored positions, and whose turn it is to move them.
 *
 * Concurrency: one session of one process forwards to a destination, by an advisory lock that the server takes back
 * with the connection. Every read and write names the session in its own statement, so whoever lost the lock without
 * noticing writes nothing. Durability: that of a destination is on disk when `take` has made it; `advance` does not
 * wait for the disk, because a crash that takes it back only repeats what was sent since. A rewind wins over an `advance` that began before it.
 *
 * Must be given a database that runs everything on one connection (pool size 1, or the embedded one), and be the only
 * one on it: two would rename the session in turns, and each find that it had lost it.
 */
export class Cursors {
  readonly #db: Queryable;
  readonly #token: string = randomUUID();
  readonly #held = new Set<string>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /**
   * The cursor of a destination whose turn it is here; null while another process has it. A destination that is new
   * begins at `start`; null: at the end of the log.
   */
  async take(destination: string, start: number | null): Promise<Cursor | null> {
    await this.#nameSession();
    if (!this.#held.has(destination)) {
      const [row] = await this.#db.query<{ taken: boolean }>(TAKE_FORWARD_LOCK, [destination]);
      if (row?.taken !== true) return null;
      this.#held.add(destination);
      await this.#db.query(CREATE_CURSOR, [destination, start]);
    }
    const [row] = await this.#db.query<{ next_sequence: number; generation: number; size: number }>(
      READ_CURSOR,
      [destination, this.#token],
    );
    return row === undefined ? null : { next: row.next_sequence, generation: row.generation, size: row.size };
  }

  /** False: the turn was lost, or somebody has rewound meanwhile; nothing was written. */
  async advance(destination: string, generation: number, to: number, delivered: number): Promise<boolean> {
    const rows = await this.#db.query(ADVANCE_CURSOR, [destination, this.#token, generation, to, delivered]);
    return rows.length === 1;
  }

  async noteFailure(destination: string, code: string, detail: string): Promise<void> {
    await this.#db.query(NOTE_FAILURE, [destination, this.#token, code, detail]);
  }

  /** Lets another process have its turn at once. */
  async release(destination: string): Promise<void> {
    if (!this.#held.delete(destination)) return;
    await this.#db.query(RELEASE_FORWARD_LOCK, [destination]);
  }

  /** A new session (the connection was lost) holds none of the locks that the old one held. */
  async #nameSession(): Promise<void> {
    const [row] = await this.#db.query<{ token: string }>(FORWARD_SESSION);
    if (row?.token === this.#token) return;
    this.#held.clear();
    await this.#db.query(NAME_FORWARD_SESSION, [this.#token]);
  }
}
