import type { Queryable } from '../../store/database.ts';
import { COUNT_ENTRIES, LOG_NOW, RECORDED_AT } from '../../store/sql/overview.ts';

export const MINUTE_MS = 60_000;
/** Minutes that are counted, the present one included. */
export const WINDOW_MINUTES = 60;
/** Entries in one look; some 15 ms of one core of the database. */
const CHUNK = 20_000;
/** Further behind than this, it is cheaper to begin again at the end of the log. Entries. */
const MAX_GAP = 200_000;

/** One minute of one tenant: code -> entries. Tenant '': refused before a tenant was established. */
export interface MinuteOfTenant {
  /** Unix milliseconds of its beginning, database clock. */
  readonly minuteMs: number;
  readonly tenantId: string;
  readonly codes: ReadonlyMap<string, number>;
}

interface Counted {
  readonly minute: number;
  readonly tenant_id: string | null;
  readonly code: string;
  readonly n: number;
}

/**
 * What came in during the last hour, by minute, tenant and code, counted from the audit log: it is the same for every
 * replica and after a restart, and says what was decided, not what one process remembers.
 *
 * Every entry is read once: what is new forwards from where the last look ended, and after a start the past backwards,
 * step by step. The log is a contiguous sequence in the order of its commits, so nothing that
 * is counted later comes before what is counted already. Entries of codes that are sampled (before authentication,
 * 429) are those that were written down, not all there were.
 */
export class Traffic {
  readonly #db: Queryable;
  readonly #chunk: number;
  readonly #minutes = new Map<number, Map<string, Map<string, number>>>();
  /** Counted are the sequences from `low` up to `high`, without it; null: nothing yet. */
  #low: number | null = null;
  #high = 0;
  #isComplete = false;
  #nowMs = 0;
  #lowMs = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(db: Queryable, chunk = CHUNK) {
    this.#db = db;
    this.#chunk = chunk;
  }

  /** Counts what is new since the last look. */
  advance(): Promise<void> {
    return this.#inTurn(() => this.#advance());
  }

  /** Counts one step of the past; false: there is no more to count. */
  stepBack(): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#countBackwards();
      this.#forget();
      return !this.#isComplete;
    });
  }

  /** Both ends move while somebody else waits for the store: one look at a time. */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #advance(): Promise<void> {
    const [head] = await this.#db.query<{ size: number; now_ms: number }>(LOG_NOW);
    if (head === undefined) throw new Error('the audit head is missing');
    this.#nowMs = head.now_ms;
    if (this.#low === null || head.size - this.#high > MAX_GAP) this.#beginAt(head.size);
    while (this.#high < head.size) {
      const to = Math.min(this.#high + this.#chunk, head.size);
      await this.#count(this.#high, to);
      this.#high = to;
    }
    this.#forget();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** The first minute of the window. */
  get fromMs(): number {
    return Math.floor(this.#nowMs / MINUTE_MS) * MINUTE_MS - (WINDOW_MINUTES - 1) * MINUTE_MS;
  }

  /** From here on every minute is whole; before it counting goes on. */
  get countedFromMs(): number {
    if (this.#isComplete) return this.fromMs;
    return Math.max(this.fromMs, Math.ceil(this.#lowMs / MINUTE_MS) * MINUTE_MS);
  }

  rows(): readonly MinuteOfTenant[] {
    return [...this.#minutes].flatMap(([minuteMs, tenants]) =>
      [...tenants].map(([tenantId, codes]) => ({ minuteMs, tenantId, codes })),
    );
  }

  #beginAt(size: number): void {
    this.#minutes.clear();
    this.#low = size;
    this.#high = size;
    this.#isComplete = false;
    this.#lowMs = this.#nowMs;
  }

  async #countBackwards(): Promise<void> {
    if (this.#isComplete) return;
    const low = this.#low ?? 0;
    if (low > 0) {
      const [before] = await this.#db.query<{ recorded_ms: number }>(RECORDED_AT, [low - 1]);
      if (before !== undefined && before.recorded_ms >= this.fromMs) {
        const from = Math.max(0, low - this.#chunk);
        await this.#count(from, low);
        const [first] = await this.#db.query<{ recorded_ms: number }>(RECORDED_AT, [from]);
        this.#low = from;
        this.#lowMs = first?.recorded_ms ?? before.recorded_ms;
        return;
      }
    }
    this.#isComplete = true;
  }

  async #count(from: number, to: number): Promise<void> {
    for (const row of await this.#db.query<Counted>(COUNT_ENTRIES, [from, to])) {
      const minuteMs = row.minute * 1000;
      const tenants = entryOf(this.#minutes, minuteMs, () => new Map<string, Map<string, number>>());
      const codes = entryOf(tenants, row.tenant_id ?? '', () => new Map<string, number>());
      codes.set(row.code, (codes.get(row.code) ?? 0) + row.n);
    }
  }

  #forget(): void {
    for (const minuteMs of this.#minutes.keys()) if (minuteMs < this.fromMs) this.#minutes.delete(minuteMs);
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}
