import { afterAll, expect, test } from '@jest/globals';
import { type IntentInput, verifyIntentChain } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import * as fc from 'fast-check';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import type { EventState } from '../../src/spool/types.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { laneOf, newEvent } from '../support/events.ts';

/**
 * The spool against a model in memory: any sequence of enqueue, settlement, quarantine commands, crashes in the
 * middle of a transaction and restarts ends with exactly the events of the model, in its states, and an intact chain.
 */
interface Model {
  /** name -> state; insertion order is the order of arrival. */
  readonly events: Map<string, EventState>;
}
interface Real {
  state: State;
  spool: Spool;
  readonly path: string;
}

const LANE = laneOf('https://gateway.test');
const name = fc.integer({ min: 0, max: 25 }).map(String);
const directories: { remove: () => void }[] = [];
afterAll(() => {
  for (const directory of directories) directory.remove();
});

function seqOf(real: Real, event: string): number {
  const row = real.state.db.prepare('SELECT seq FROM events WHERE event_id = ?').get(`test-${event}`);
  return Number(row?.seq);
}

function check(model: Model, real: Real): void {
  const rows = real.state.db.prepare('SELECT event_id, state FROM events ORDER BY seq').all();
  expect(rows.map((row) => [row.event_id, row.state])).toEqual(
    [...model.events].map(([event, state]) => [`test-${event}`, state]),
  );
  const chain = real.state.db
    .prepare('SELECT prev, input, intent_hash FROM intents ORDER BY sequence')
    .all()
    .map((row) => ({
      prev: String(row.prev),
      input: JSON.parse(String(row.input)) as IntentInput,
      intent_hash: String(row.intent_hash),
    }));
  expect(verifyIntentChain(chain)).toMatchObject({ ok: true, value: { count: model.events.size } });
}

class Enqueue implements fc.Command<Model, Real> {
  readonly #names: readonly string[];
  readonly #crash: boolean;
  constructor(names: readonly string[], crash: boolean) {
    this.#names = names;
    this.#crash = crash;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    if (this.#crash) {
      // The process dies between the inserts and the commit.
      real.state.db.exec('BEGIN IMMEDIATE');
      real.state.db.exec("INSERT INTO lanes (gateway, operator_id, tenant_id) VALUES ('x', 'x', 'x')");
      reopen(real);
    } else {
      const fresh = new Set(this.#names.filter((event) => !model.events.has(event)));
      const result = real.spool.enqueue(
        LANE,
        null,
        this.#names.map((event) => newEvent(event)),
      );
      expect(result).toEqual({ spooled: fresh.size, known: this.#names.length - fresh.size, changed: [] });
      for (const event of fresh) model.events.set(event, 'pending');
    }
    check(model, real);
  }
  toString(): string {
    return this.#crash ? 'crash' : `enqueue(${this.#names.join(',')})`;
  }
}

class Settle implements fc.Command<Model, Real> {
  readonly #name: string;
  readonly #kind: 'delivered' | 'quarantined' | 'retry' | 'kept' | 'replayed';
  constructor(event: string, kind: 'delivered' | 'quarantined' | 'retry' | 'kept' | 'replayed') {
    this.#name = event;
    this.#kind = kind;
  }
  check(model: Readonly<Model>): boolean {
    return model.events.has(this.#name);
  }
  run(model: Model, real: Real): void {
    const seq = seqOf(real, this.#name);
    const said = { seq, code: 'c', detail: 'd' };
    switch (this.#kind) {
      case 'delivered':
        real.spool.settle([{ kind: 'delivered', seq, duplicate: false, requestId: null, receipt: null }]);
        break;
      case 'quarantined':
        real.spool.settle([{ kind: 'quarantined', ...said, security: true }]);
        break;
      case 'retry':
        real.spool.settle([{ kind: 'retry', ...said, nextAttemptMs: 5 }]);
        break;
      case 'kept':
        real.spool.settle([{ kind: 'kept', ...said }]);
        break;
      case 'replayed':
        real.spool.settle([{ kind: 'replayed', seq, detail: 'd' }]);
        break;
    }
    const settles = this.#kind === 'delivered' || this.#kind === 'quarantined';
    if (settles && model.events.get(this.#name) === 'pending') {
      model.events.set(this.#name, this.#kind === 'delivered' ? 'delivered' : 'quarantined');
    }
    check(model, real);
  }
  toString(): string {
    return `${this.#kind}(${this.#name})`;
  }
}

class Quarantine implements fc.Command<Model, Real> {
  readonly #name: string;
  readonly #drop: boolean;
  constructor(event: string, drop: boolean) {
    this.#name = event;
    this.#drop = drop;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    const held = model.events.get(this.#name) === 'quarantined';
    const selection = { eventIds: [`test-${this.#name}`] };
    const changed = this.#drop
      ? real.spool.dropQuarantined(selection, 'because')
      : real.spool.retryQuarantined(selection);
    expect(changed).toBe(held ? 1 : 0);
    if (held) model.events.set(this.#name, this.#drop ? 'dropped' : 'pending');
    check(model, real);
  }
  toString(): string {
    return `${this.#drop ? 'drop' : 'retry'}(${this.#name})`;
  }
}

class Leaving implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    const exclude = new Set<number>();
    const laneId = real.spool.lanes()[0]?.laneId ?? 0;
    const all = (['first', 'retry'] as const).flatMap((kind) =>
      real.spool.nextEvents(laneId, { kind, nowMs: Number.MAX_SAFE_INTEGER, limit: 100, exclude }),
    );
    const pending = [...model.events]
      .filter(([, state]) => state === 'pending')
      .map(([event]) => `test-${event}`);
    expect(all.map((event) => event.eventId).sort()).toEqual(pending.sort());
    expect(real.spool.counts().reduce((sum, lane) => sum + lane.pending, 0)).toBe(pending.length);
  }
  toString(): string {
    return 'leaving';
  }
}

function reopen(real: Real): void {
  // Closing inside a transaction rolls back, as the kernel's freeing of the locks does for a dead process.
  real.state.close();
  real.state = openState(real.path);
  real.spool = createSpool(real.state, { now: () => 1 });
}

test('any sequence of commands and crashes: no event lost, none twice, the chain intact', () => {
  const commands = fc.commands(
    [
      fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => new Enqueue(names, false)),
      fc.constant(new Enqueue([], true)),
      fc
        .tuple(name, fc.constantFrom('delivered', 'quarantined', 'retry', 'kept', 'replayed'))
        .map(([event, kind]) => new Settle(event, kind as 'delivered')),
      fc.tuple(name, fc.boolean()).map(([event, drop]) => new Quarantine(event, drop)),
      fc.constant(new Leaving()),
    ],
    { maxCommands: 40 },
  );
  // Synchronous; its type allows for asynchronous properties too.
  void fc.assert(
    fc.property(commands, (cmds) => {
      const directory = temporaryDirectory('model');
      directories.push(directory);
      const state = openState(directory.path);
      const real: Real = {
        state,
        spool: createSpool(state, { now: () => 1 }),
        path: directory.path,
      };
      try {
        fc.modelRun(() => ({ model: { events: new Map() }, real }), cmds);
      } finally {
        real.state.close();
        directory.remove();
      }
    }),
    { numRuns: 40 },
  );
});
