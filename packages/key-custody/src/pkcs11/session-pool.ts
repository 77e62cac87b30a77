import type { ObjectHandle, SessionHandle } from './cryptoki.ts';

export interface KeySession {
  readonly session: SessionHandle;
  readonly key: ObjectHandle;
}

export interface SessionPoolParts {
  /** Opens a session, logs in and finds the key. Rejects where that cannot be. */
  readonly open: () => Promise<KeySession>;
  /** Never throws: the session may be gone already. */
  readonly close: (session: KeySession) => void;
  readonly size: number;
}

/** Sessions of one key, one signature at a time in each (a session has one operation, PKCS#11 section 5.2). */
export class SessionPool {
  readonly #parts: SessionPoolParts;
  #free: KeySession[] = [];
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  /** Grows by one with every loss, so that a session of before is not put back. */
  #generation = 0;

  constructor(parts: SessionPoolParts) {
    this.#parts = parts;
  }

  /** Runs the work in a session of its own. A session in which it failed is closed, not used again. */
  async use<T>(work: (session: KeySession) => Promise<T>): Promise<T> {
    while (this.#free.length === 0 && this.#open >= this.#parts.size) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const generation = this.#generation;
    let session = this.#free.pop() ?? null;
    try {
      if (session === null) {
        this.#open += 1;
        session = await this.#parts.open();
      }
      const result = await work(session);
      if (generation === this.#generation) this.#free.push(session);
      else this.#drop(session);
      return result;
    } catch (error) {
      // An operation that failed may stay active in its session (CKR_OPERATION_ACTIVE).
      this.#drop(session);
      throw error;
    } finally {
      this.#waiting.shift()?.();
    }
  }

  /** The token was reset: nothing of before is used again. Sessions at work are closed when they come back. */
  forgetAll(): void {
    this.#generation += 1;
    const free = this.#free;
    this.#free = [];
    for (const session of free) this.#drop(session);
  }

  #drop(session: KeySession | null): void {
    this.#open -= 1;
    if (session !== null) this.#parts.close(session);
  }
}
