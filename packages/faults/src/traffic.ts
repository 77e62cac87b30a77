import { setTimeout as sleep } from 'node:timers/promises';
import { FaultMissed, until } from './fault-kind.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const SEVERITIES = ['info', 'medium', 'high', 'critical'] as const;
/** Between two events of one sender, milliseconds: some hundred events a fault, not thousands to check. */
const PAUSE_MS = 15;
/** The same for a fault that takes many seconds. */
export const LONG_PAUSE_MS = 80;

/** Deliveries of `count` new events, all under way at once. Await them when the fault is over. */
export function startDeliveries(world: World, random: Random, label: string, count: number): Promise<void> {
  const deliveries = Array.from({ length: count }, (_, index) =>
    world.client.deliver(`${label}-${index}`, random.pick(SEVERITIES)),
  );
  const all = Promise.all(deliveries).then(() => undefined);
  // It is awaited later; until then a refusal must not end the process.
  all.catch(() => undefined);
  return all;
}

/**
 * Runs `strike` while so many senders deliver one new event after the other, so that the fault meets some of them.
 * They stop when it is over, however it ends; throws where one of their events cannot be delivered then.
 */
export async function amidTraffic<Value>(
  world: World,
  label: string,
  senders: number,
  strike: (traffic: Traffic) => Promise<Value>,
  pauseMs: number = PAUSE_MS,
): Promise<Value> {
  const traffic = new Traffic(world, label, senders, pauseMs);
  try {
    return await strike(traffic);
  } finally {
    await traffic.stop();
  }
}

export class Traffic {
  readonly #world: World;
  readonly #label: string;
  readonly #pauseMs: number;
  readonly #senders: Promise<void>;
  #next = 0;
  #stopping = false;

  constructor(world: World, label: string, senders: number, pauseMs: number) {
    this.#world = world;
    this.#pauseMs = pauseMs;
    this.#label = label;
    this.#senders = Promise.all(Array.from({ length: senders }, () => this.#send())).then(() => undefined);
    this.#senders.catch(() => undefined);
  }

  /** Resolves in the same turn in which requests were seen to be sent and not answered; how many. */
  async untilUnderWay(): Promise<number> {
    const { client } = this.#world;
    await until(
      () => client.inFlight > 0,
      () => new FaultMissed('no request was under way'),
    );
    return client.inFlight;
  }

  /** Attempts of these senders without an answer, or with 503. */
  get refused(): number {
    const { attempts } = this.#world.history;
    return attempts.filter(
      (one) => one.eventId.startsWith(`${this.#label}-`) && one.over && (one.answer?.status ?? 503) === 503,
    ).length;
  }

  /** Attempts of these senders that were answered 2xx. */
  get taken(): number {
    const { attempts } = this.#world.history;
    return attempts.filter(
      (one) => one.eventId.startsWith(`${this.#label}-`) && (one.answer?.status ?? 0) === 202,
    ).length;
  }

  /** No more events; resolves when those under way are delivered, throws where one cannot be. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#senders;
  }

  async #send(): Promise<void> {
    while (!this.#stopping) {
      const number = this.#next;
      this.#next += 1;
      await this.#world.client.deliver(
        `${this.#label}-${number}`,
        SEVERITIES[number % SEVERITIES.length] ?? 'info',
      );
      await sleep(this.#pauseMs);
    }
  }
}
