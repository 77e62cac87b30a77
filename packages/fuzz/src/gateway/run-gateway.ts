import { setTimeout as sleep } from 'node:timers/promises';
import { deadline } from '../deadline.ts';
import type { Failure } from '../failure.ts';
import { Random } from '../random.ts';
import { checkAnswer, type Judged } from './check-answer.ts';
import { layOut } from './lay-out.ts';
import { Ledger } from './ledger.ts';
import { makeCase } from './make-case.ts';
import { findGrowth, type Sample, toSample } from './memory.ts';
import { noteBatch } from './note-batch.ts';
import { expect } from './oracle.ts';
import { type RawAnswer, RawClient } from './raw-client.ts';
import type { Endpoint } from './templates.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

export interface GatewayRun {
  readonly cases: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly connections: number;
  readonly stored: { readonly events: number; readonly findings: number; readonly graphs: number };
  readonly memory: readonly Sample[];
  readonly failures: readonly Failure[];
}

export interface GatewayOptions {
  readonly seed: string;
  readonly cases: number;
  /** Only this case, with its steps left out one by one while it still fails. */
  readonly only?: number;
  /** Seconds after which no case is begun any more. */
  readonly seconds?: number;
  /** The run ends when so many were found; default 20. */
  readonly maxFailures?: number;
  /** Cases between two measurements of memory; default 500. */
  readonly sampleEvery?: number;
  readonly world?: WorldOptions;
  readonly onProgress?: (done: number) => void;
}

const CLIENTS = 24;
const MAX_FAILURES = 20;
const SAMPLE_EVERY = 500;

/** In the outcomes: answered 503, and sent again. */
const PUT_OFF = 'put off';
const PUT_OFF_MS = 1000;
const MAX_PUT_OFF = 20;
/** Of all cases, how many may be put off; more is no accident of the machine. */
const PUT_OFF_SHARE = 0.02;
const isPutOff = (answer: RawAnswer | null): boolean =>
  answer?.status === 503 && answer.body.includes('"error_code":"service_unavailable"');

/** Weighted by repetition: telemetry has the most to it. */
const ENDPOINTS: readonly Endpoint[] = [
  'telemetry',
  'telemetry',
  'telemetry',
  'telemetry',
  'telemetry',
  'graph',
  'graph',
  'query',
  'bundle',
  'batch',
];

class GatewayFuzz {
  readonly #world: World;
  readonly #seed: string;
  readonly #endpoints: readonly Endpoint[];
  readonly outcomes = new Map<string, number>();
  readonly ledger = new Ledger();

  constructor(world: World, seed: string, endpoints: readonly Endpoint[]) {
    this.#world = world;
    this.#seed = seed;
    this.#endpoints = endpoints;
  }

  /** Sends one case and returns what is wrong with the answer, or null. */
  async run(
    client: RawClient,
    number: number,
    only?: readonly number[],
    attempt = 0,
    tries = 0,
  ): Promise<{ failure: Failure | null; steps: readonly string[] }> {
    const { facts } = this.#world;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const more = only === undefined ? {} : { only };
    const made = makeCase({
      seed: this.#seed,
      number,
      facts,
      endpoints: this.#endpoints,
      nowSeconds,
      attempt,
      ...more,
    });
    const { wire, steps } = made;
    const expectation = expect(wire, facts, nowSeconds);
    const layout = layOut(wire, new Random(`layout/${this.#seed}/${number}`));
    const isHead = wire.method === 'HEAD';
    const fail = (kind: string, detail: string): { failure: Failure; steps: readonly string[] } => ({
      failure: {
        suite: 'gateway',
        seed: this.#seed,
        number,
        kind,
        detail:
          `${detail}\nsteps ${steps.join(', ') || '(none)'}; ${wire.method} ${wire.target.slice(0, 100)}; ` +
          `${wire.shape}; expected ${expectation.outcomes.join(' or ')}\n` +
          `headers ${JSON.stringify(wire.headers).slice(0, 900)}\nbody ${JSON.stringify(wire.body.toString('latin1').slice(0, 1500))}`,
      },
      steps,
    });

    const answers = await client.exchange(layout, isHead);
    const repeated = layout.answers > 1;
    if (answers.length > 0 && answers.every(isPutOff)) {
      // A machine that is too busy for its database: nothing may be claimed then, so the same nonce must do later.
      this.#count(PUT_OFF);
      if (tries >= MAX_PUT_OFF) return fail('5xx', `put off ${tries + 1} times: ${answers[0]?.body}`);
      await sleep(PUT_OFF_MS);
      return this.run(client, number, only, attempt, tries + 1);
    }
    if (answers.length === 0) {
      this.#count('closed');
      return expectation.outcomes.includes('closed')
        ? { failure: null, steps }
        : fail('no-answer', 'the connection was closed without an answer');
    }
    let replays = 0;
    for (const [index, answer] of answers.entries()) {
      if (answer === null) return fail('timeout', 'no answer in time');
      if (isPutOff(answer)) {
        this.#count(PUT_OFF);
        continue;
      }
      const checked = checkAnswer(answer, wire.endpoint, isHead);
      if (!checked.ok) return fail(checked.kind, checked.detail);
      const { outcome } = checked.value;
      this.#count(outcome);
      // Of two pipelined copies one has to be the replay; they are judged at the same time, so either may win.
      const isReplay =
        repeated &&
        expectation.claims &&
        (outcome === 'replay_detected' ? replays === 0 : index > 0 && replays === 0);
      if (outcome === 'replay_detected') replays += 1;
      const allowed = isReplay ? ['replay_detected'] : expectation.outcomes;
      const known = expectation.eventKey !== null && this.ledger.events.has(expectation.eventKey);
      if (outcome === 'event_conflict' && known && !isReplay) continue;
      if (!allowed.includes(outcome)) {
        const expected = isReplay ? 'replay_detected' : allowed.join(' or ');
        return fail(
          'oracle',
          `answer ${index + 1}: ${outcome} ${answer.status}, where ${expected} was due: ${answer.body.slice(0, 300)}`,
        );
      }
      if (outcome !== 'accepted') continue;
      this.#note(wire.endpoint, expectation, checked.value);
      const wrong = noteBatch(this.ledger, expectation, checked.value);
      if (wrong !== null) return fail('batch', `${wrong}: ${answer.body.slice(0, 600)}`);
    }
    return { failure: null, steps };
  }

  #note(endpoint: Endpoint, expectation: ReturnType<typeof expect>, judged: Judged): void {
    if (endpoint === 'graph') this.ledger.graphs.add(judged.requestId);
    if (endpoint === 'telemetry' && expectation.eventKey !== null) {
      this.ledger.accept(expectation.eventKey, judged.requestId, judged.duplicate, expectation.finding);
    }
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

export async function fuzzGateway(options: GatewayOptions): Promise<GatewayRun> {
  const isInTime = deadline(options.seconds);
  const { seed } = options;
  const world = await startWorld(options.world);
  const clients = Array.from({ length: CLIENTS }, () => new RawClient(world.endpoints));
  const failures: Failure[] = [];
  const memory: Sample[] = [];
  const whole = (kind: string, detail: string): void => {
    failures.push({ suite: 'gateway', seed, number: null, kind, detail });
  };
  const fuzz = new GatewayFuzz(world, seed, ENDPOINTS);
  const maxFailures = options.maxFailures ?? MAX_FAILURES;
  const sampleEvery = options.sampleEvery ?? SAMPLE_EVERY;
  let next = options.only ?? 0;
  const end = options.only === undefined ? options.cases : next + 1;
  let done = 0;
  const worker = async (client: RawClient): Promise<void> => {
    while (next < end && isInTime() && failures.length < maxFailures && world.process.exitCode() === null) {
      const number = next;
      next += 1;
      const { failure, steps } = await fuzz.run(client, number);
      if (failure !== null) failures.push(await minimise(fuzz, client, failure, steps.length));
      done += 1;
      options.onProgress?.(done);
      if (done % sampleEvery !== 0) continue;
      const held = await world.process.held();
      if (held !== null) memory.push(toSample(held));
    }
  };
  try {
    await Promise.all(clients.map(worker));
    if (world.process.exitCode() !== null)
      whole('crash', `the gateway ended with ${world.process.exitCode()}`);
    for (const fault of await fuzz.ledger.compare(world.database)) whole('store', fault);
    const putOff = fuzz.outcomes.get(PUT_OFF) ?? 0;
    for (const fault of world.process.faults()) {
      // Who was put off has this in the log, and nobody else may.
      if (putOff === 0 || !fault.includes('"fault_code":"unavailable"')) whole('log', fault);
    }
    if (putOff > Math.max(200, done * PUT_OFF_SHARE)) whole('unavailable', `${putOff} answers of 503`);
    // Or a gateway that does not say what it holds would pass for one that holds nothing.
    if (memory.length < Math.floor(done / sampleEvery / 2))
      whole('memory', `only ${memory.length} measurements of what is held`);
    const growth = findGrowth(memory);
    if (growth !== null) whole('memory', growth);
  } finally {
    for (const client of clients) client.close();
    const code = await world.stop();
    if (code !== 0) whole('exit', `the gateway ended with ${code} on SIGTERM`);
  }
  return {
    cases: done,
    outcomes: fuzz.outcomes,
    connections: clients.reduce((sum, client) => sum + client.connections, 0),
    stored: {
      events: fuzz.ledger.events.size,
      findings: fuzz.ledger.findings.size,
      graphs: fuzz.ledger.graphs.size,
    },
    memory,
    failures,
  };
}

/** Leaves out one step after the other as long as the same kind of failure remains. */
async function minimise(
  fuzz: GatewayFuzz,
  client: RawClient,
  first: Failure,
  count: number,
): Promise<Failure> {
  let kept = Array.from({ length: count }, (_, index) => index);
  let smallest = first;
  let attempt = 1;
  for (const index of [...kept]) {
    const fewer = kept.filter((one) => one !== index);
    const { failure } = await fuzz.run(client, first.number ?? 0, fewer, attempt);
    attempt += 1;
    if (failure?.kind === first.kind) {
      kept = fewer;
      smallest = failure;
    }
  }
  return smallest;
}
