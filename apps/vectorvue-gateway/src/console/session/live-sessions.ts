import type { Queryable, Statement } from '../../store/database.ts';

/** How often open streams are looked after, milliseconds. */
const LOOK_EVERY_MS = 2000;

const LIVING: Statement = {
  name: 'console-sessions-still-living-v1',
  text: `SELECT session_id FROM console_sessions
WHERE session_id = ANY ($1::uuid[]) AND ended_at IS NULL AND expires_at > $2
  AND seen_at + idle_seconds * interval '1 second' > $2`,
};

/**
 * Streams end with the session that opened them: one that was revoked, signed out or is over is asked for by nobody any
 * more, so that it is looked for. One statement for all; none while nothing is open. A stream does not keep a session awake.
 */
export class LiveSessions {
  readonly #db: Queryable;
  readonly #now: () => number;
  readonly #open = new Map<string, Set<() => void>>();
  #timer: NodeJS.Timeout | null = null;

  constructor(db: Queryable, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** `end` is called once its session is over; the answer forgets it. */
  follow(sessionId: string, end: () => void): () => void {
    const ends = this.#open.get(sessionId) ?? new Set();
    this.#open.set(sessionId, ends.add(end));
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
    return () => {
      ends.delete(end);
      if (ends.size === 0) this.#open.delete(sessionId);
      if (this.#open.size === 0) this.#stop();
    };
  }

  async #look(): Promise<void> {
    const asked = [...this.#open.keys()];
    // A store that is away says nothing about sessions; the next look does.
    const rows = await this.#db
      .query<{ session_id: string }>(LIVING, [asked, new Date(this.#now())])
      .catch(() => null);
    if (rows === null) return;
    const living = new Set(rows.map((row) => row.session_id));
    for (const sessionId of asked) {
      if (!living.has(sessionId)) for (const end of this.#open.get(sessionId) ?? []) end();
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
