import type { Database, Statement } from '../store/database.ts';
import { type KeyCache, loadTrust } from './load-trust.ts';
import type { TrustSnapshot } from './trust-snapshot.ts';

/** NOTIFY channel that the triggers on the trust tables speak on. */
export const TRUST_CHANNEL = 'trust_changed';

/** The net under NOTIFY: at most this long after its commit a change is seen. Milliseconds. */
export const TRUST_POLL_INTERVAL_MS = 1000;

/** Without a confirmation by the store for this long, trust is stale and the gateway is not ready. Milliseconds. */
export const TRUST_STALE_AFTER_MS = 5000;

const TRUST_VERSION: Statement = {
  name: 'trust-version-v1',
  text: 'SELECT version FROM trust_state',
};

export interface TrustCacheOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly pollIntervalMs?: number;
  readonly staleAfterMs?: number;
  /** Told of every failure to read the store. Must not throw. */
  readonly onFault?: (fault: unknown) => void;
  /** Told of every version that takes effect, the first included. Must not throw. */
  readonly onChange?: (snapshot: TrustSnapshot) => void;
}

/**
 * What is trusted, in memory, followed while it changes: by NOTIFY at once, by a poll of the version as a net.
 *
 * Fails closed: a snapshot which the store has not confirmed for `staleAfterMs` says `stale`, so that readiness
 * fails; and whatever the cache believes, the commit compares the version again inside its transaction.
 */
export interface TrustCache {
  current(): TrustSnapshot;
  /** Resolves after a read that began after this call: what is committed before the call is seen by then. */
  refresh(): Promise<void>;
  /** Told of every version that takes effect from now on. Must not throw. */
  onChange(listener: (snapshot: TrustSnapshot) => void): void;
  close(): Promise<void>;
}

/** Loads trust and follows it. Throws when the first load fails: without trust there is nothing to serve. */
export async function openTrustCache(db: Database, options: TrustCacheOptions): Promise<TrustCache> {
  let follower: Follower | null = null;
  let changedMeanwhile = false;
  // Listening begins before the first load, so that no change falls between them.
  const stopListening = await db.listen(TRUST_CHANNEL, () => {
    if (follower === null) changedMeanwhile = true;
    else follower.refreshInBackground();
  });
  const keyCache: KeyCache = new Map();
  const listeners = new Set<(snapshot: TrustSnapshot) => void>();
  const onChange = (snapshot: TrustSnapshot): void => {
    options.onChange?.(snapshot);
    for (const listener of listeners) listener(snapshot);
  };
  try {
    const first = await loadTrust(db, options.now(), keyCache);
    follower = new Follower(db, { ...options, onChange }, keyCache, first);
  } catch (fault) {
    await stopListening();
    throw fault;
  }
  const opened = follower;
  options.onChange?.(opened.current());
  if (changedMeanwhile) opened.refreshInBackground();
  const timer = setInterval(() => opened.poll(), options.pollIntervalMs ?? TRUST_POLL_INTERVAL_MS);
  timer.unref();
  return {
    current: () => opened.current(),
    refresh: () => opened.refresh(),
    onChange: (listener) => void listeners.add(listener),
    close: async () => {
      clearInterval(timer);
      await stopListening();
      await opened.close();
    },
  };
}

class Follower {
  readonly #db: Database;
  readonly #options: TrustCacheOptions;
  readonly #keyCache: KeyCache;
  readonly #staleAfterMs: number;
  #fresh: TrustSnapshot;
  #stale: TrustSnapshot;
  #confirmedAtMs: number;
  /** Reads are numbered: an abandoned one that ends late must not put an old snapshot over a newer one. */
  #lastBegun = 0;
  #lastConfirmed = 0;
  #running: { readonly promise: Promise<void>; readonly sinceMs: number } | null = null;
  #queued: Promise<void> | null = null;
  #closed = false;

  constructor(db: Database, options: TrustCacheOptions, keyCache: KeyCache, first: TrustSnapshot) {
    this.#db = db;
    this.#options = options;
    this.#keyCache = keyCache;
    this.#staleAfterMs = options.staleAfterMs ?? TRUST_STALE_AFTER_MS;
    this.#fresh = first;
    this.#stale = { ...first, stale: true };
    this.#confirmedAtMs = first.loadedAtMs;
  }

  current(): TrustSnapshot {
    // The absolute distance: a clock that is set back must not keep a lost store looking confirmed.
    const distance = Math.abs(this.#options.now() - this.#confirmedAtMs);
    return distance > this.#staleAfterMs ? this.#stale : this.#fresh;
  }

  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#running === null) return this.#begin();
    // One read is under way and may have begun before the change: exactly one more follows it, for all who ask.
    this.#queued ??= this.#running.promise
      .catch(() => undefined)
      .then(() => {
        this.#queued = null;
        return this.refresh();
      });
    return this.#queued;
  }

  refreshInBackground(): void {
    this.refresh().catch((fault: unknown) => {
      if (!this.#closed) this.#options.onFault?.(fault);
    });
  }

  poll(): void {
    // A read that hangs is not joined by another one each second, but it is not waited for without end either.
    if (this.#running !== null) {
      if (Math.abs(this.#options.now() - this.#running.sinceMs) <= this.#staleAfterMs) return;
      this.#running = null;
      this.#queued = null;
      this.#options.onFault?.(new Error('the store has not answered a read of the trust version'));
    }
    this.refreshInBackground();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.promise.catch(() => undefined);
  }

  #begin(): Promise<void> {
    const promise = this.#read().finally(() => {
      if (this.#running?.promise === promise) this.#running = null;
    });
    this.#running = { promise, sinceMs: this.#options.now() };
    return promise;
  }

  async #read(): Promise<void> {
    this.#lastBegun += 1;
    const number = this.#lastBegun;
    // The moment the read began: a read that hangs must not make trust look confirmed.
    const beganAtMs = this.#options.now();
    const [row] = await this.#db.query<{ version: number }>(TRUST_VERSION);
    if (row === undefined) throw new Error('the trust_state row is missing');
    // Unequal, not greater: a restored database may be behind, and it is still the truth.
    const changed = row.version !== this.#fresh.version;
    const loaded = changed ? await loadTrust(this.#db, beganAtMs, this.#keyCache) : this.#fresh;
    if (number < this.#lastConfirmed) return;
    this.#lastConfirmed = number;
    this.#confirmedAtMs = beganAtMs;
    if (loaded === this.#fresh) return;
    this.#fresh = loaded;
    this.#stale = { ...loaded, stale: true };
    this.#options.onChange?.(loaded);
  }
}
