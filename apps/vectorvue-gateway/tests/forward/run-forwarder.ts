import { setTimeout as sleep } from 'node:timers/promises';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { Cursors } from '../../src/forward/cursor.ts';
import { hangDoorbell } from '../../src/forward/doorbell.ts';
import type { OutgoingRecord } from '../../src/forward/entry.ts';
import { Forwarder, type ForwarderSettings } from '../../src/forward/forwarder.ts';
import { type ForwardStatus, readForwardStatus } from '../../src/forward/read-status.ts';
import { SENT, type Sender, type SendResult } from '../../src/forward/sender.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { event, type Party, telemetry } from '../store/requests.ts';
import { keepingLogger, rowsOf, type TestStore } from '../store/stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

/** Adds `count` entries of one party, a batch of events, and answers with the sequence of the first. */
export async function append(db: Database, party: Party, count: number): Promise<number> {
  const [row] = await rowsOf<{ size: number; version: number }>(
    db,
    'SELECT size, (SELECT version FROM trust_state) AS version FROM audit_head',
  );
  const size = row?.size ?? 0;
  const items = Array.from({ length: count }, (_, n) => event(`e${size + n}`));
  const trustVersion = row?.version ?? 0;
  const outcomes = await createCommit(
    db,
    LIMITS,
  )([telemetry(party, items, { endpoint: 'telemetry-batch', trustVersion })]);
  if (outcomes[0]?.status !== 'committed') throw new Error(`not committed: ${JSON.stringify(outcomes)}`);
  return size;
}

export interface KeepingSender extends Sender {
  readonly received: OutgoingRecord[];
  /** What the next calls of `send` answer with, first to last; then success. */
  readonly answers: SendResult[];
  readonly sizes: number[];
}

/** A receiver that keeps what it is sent, and refuses when told; what it refuses it may have kept all the same. */
export function keepingSender(confirms: Sender['confirms'] = null, keepsRefused = false): KeepingSender {
  const received: OutgoingRecord[] = [];
  const answers: SendResult[] = [];
  const sizes: number[] = [];
  let unconfirmed = 0;
  return {
    received,
    answers,
    sizes,
    confirms,
    unconfirmedBytes: () => unconfirmed,
    async send(records) {
      const answer = answers.shift() ?? SENT;
      if (answer.ok || keepsRefused) received.push(...records);
      if (answer.ok) {
        sizes.push(records.length);
        unconfirmed += records.length;
      }
      return answer;
    },
    async confirm() {
      unconfirmed = 0;
      return answers.shift() ?? SENT;
    },
    reset() {
      unconfirmed = 0;
    },
    close: async () => undefined,
  };
}

export interface RunningForwarder {
  readonly settings: ForwarderSettings;
  readonly logger: ReturnType<typeof quietLogger>;
  status(): Promise<ForwardStatus>;
  /** Resolves when everything that is in the log now is acknowledged. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export function quietLogger() {
  const inner = keepingLogger();
  return { lines: inner.lines, warn: inner.warn, info: () => undefined };
}

/** One for each connection, as in start-forwarding.ts: two on one would rename its session in turns, and neither have its turn. */
const cursorsOfDatabase = new WeakMap<Database, Cursors>();

function cursorsOf(db: Database): Cursors {
  const cursors = cursorsOfDatabase.get(db) ?? new Cursors(db);
  cursorsOfDatabase.set(db, cursors);
  return cursors;
}

/** A forwarder as start-forwarding.ts runs it, on a connection of its own where there is more than one. */
export async function runForwarder(
  store: TestStore,
  sender: Sender,
  over: Partial<ForwarderSettings> & { readonly name: string },
): Promise<RunningForwarder> {
  const settings: ForwarderSettings = {
    format: 'entry',
    filter: {},
    start: 'beginning',
    batch: { max_records: 100, max_bytes: 1_000_000 },
    retry: { min_ms: 10, max_ms: 50 },
    ...over,
  };
  const logger = quietLogger();
  const own =
    store.url === null
      ? store.db
      : await openDatabase({
          databaseUrl: store.url,
          dataDir: '',
          role: 'serve',
          logger: store.logger,
          poolSize: 1,
        });
  const doorbell = await hangDoorbell(store.db);
  const forwarder = new Forwarder({
    settings,
    sender,
    db: own,
    cursors: cursorsOf(own),
    doorbell,
    logger,
    now: () => Date.now(),
    random: Math.random,
    onAttempt: () => undefined,
    pollMs: 50,
  });
  const stop = new AbortController();
  const running = forwarder.run(stop.signal);
  const rowOf = async (): Promise<ForwardStatus | undefined> =>
    (await readForwardStatus(store.db)).find((each) => each.destination === settings.name);
  // It is there once the forwarder has had its turn.
  const status = async (): Promise<ForwardStatus> => {
    await until(async () => (await rowOf()) !== undefined);
    const row = await rowOf();
    if (row === undefined) throw new Error(`no cursor of ${settings.name}`);
    return row;
  };
  return {
    settings,
    logger,
    status,
    async caughtUp() {
      const [head] = await rowsOf<{ size: number }>(store.db, 'SELECT size FROM audit_head');
      await until(async () => (await status()).next_sequence >= (head?.size ?? 0));
    },
    async stop() {
      stop.abort();
      await running;
      await doorbell.close();
      if (own !== store.db) await own.close();
    },
  };
}

/** Bounded, so that a forwarder that hangs fails its test and not the run. */
export async function until(condition: () => Promise<boolean> | boolean, tries = 1_200): Promise<void> {
  for (let n = 0; n < tries; n += 1) {
    if (await condition()) return;
    await sleep(25);
  }
  throw new Error('it did not come to pass');
}

/** Sequences as they first came. */
export function firstSeen(received: readonly OutgoingRecord[]): readonly number[] {
  return [...new Set(received.map((record) => record.entry.sequence))];
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
