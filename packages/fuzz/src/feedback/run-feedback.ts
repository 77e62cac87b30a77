import { importPublicKey, isJsonObject, type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import { acceptFeedback } from '../../../../apps/spectrastrike-agent/src/feedback/accept-feedback.ts';
import { listAdjustments } from '../../../../apps/spectrastrike-agent/src/policy/adjustment-store.ts';
import { openState, type State } from '../../../../apps/spectrastrike-agent/src/state/open-state.ts';
import { deadline } from '../deadline.ts';
import type { Failure } from '../failure.ts';
import { SigningKey } from '../gateway/facts.ts';
import { HEAP_TOLERANCE, HeldHeap } from '../held-heap.ts';
import { FEEDBACK_KID, type Keys, makeResponse, NOW_SECONDS, TENANT } from './make-response.ts';
import { applicable } from './oracle.ts';

export interface FeedbackRun {
  readonly cases: number;
  /** Answers by outcome: `accepted` or the code of the refusal. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly recorded: number;
  /** MiB held at the end beyond what was held after the first quarter. */
  readonly heapGrowth: number;
  readonly failures: readonly Failure[];
}

export interface FeedbackOptions {
  readonly seed: string;
  readonly cases: number;
  readonly only?: number;
  /** Seconds after which no case is begun any more. */
  readonly seconds?: number;
  /** The verification to run; the agent's own if absent, else that of a copy with a planted bug. */
  readonly accept?: typeof acceptFeedback;
  /** The run ends when so many were found; default 20. */
  readonly maxFailures?: number;
  readonly onProgress?: (done: number) => void;
}

const MAX_FAILURES = 20;

/** Mutants of a signed answer against the agent's own verification and a real state database. */
export function fuzzFeedback(options: FeedbackOptions): FeedbackRun {
  const isInTime = deadline(options.seconds);
  const maxFailures = options.maxFailures ?? MAX_FAILURES;
  const directory = temporaryDirectory('fuzz-feedback');
  const state = openState(directory.path, { now: () => NOW_SECONDS * 1000 });
  // Faster, and nothing here is about power loss; the statements and the transactions stay what they are.
  state.db.exec('PRAGMA synchronous = OFF');
  const keys: Keys = { trusted: new SigningKey(), rogue: new SigningKey() };
  const fuzz = new FeedbackFuzz(state, keys, options.seed, options.accept ?? acceptFeedback);
  const failures: Failure[] = [];
  const heap = new HeldHeap(options.cases);
  let [done, heapGrowth] = [0, 0];
  try {
    const first = options.only ?? 0;
    const end = options.only === undefined ? options.cases : first + 1;
    for (let number = first; number < end && isInTime() && failures.length < maxFailures; number += 1) {
      const failure = fuzz.run(number);
      if (failure !== null) failures.push(fuzz.minimise(failure));
      done += 1;
      heap.after(done);
      if (done % 1000 === 0) {
        fuzz.forget();
        options.onProgress?.(done);
      }
    }
    heapGrowth = heap.growth();
    if (heapGrowth > HEAP_TOLERANCE) {
      const detail = `${heapGrowth.toFixed(0)} MiB more after collection`;
      failures.push({ suite: 'feedback', seed: options.seed, number: null, kind: 'memory', detail });
    }
  } finally {
    state.close();
    directory.remove();
  }
  return { cases: done, outcomes: fuzz.outcomes, recorded: fuzz.recorded, heapGrowth, failures };
}

class FeedbackFuzz {
  readonly #state: State;
  readonly #keys: Keys;
  readonly #seed: string;
  readonly #seen = new Set<string>();
  readonly #trusted;
  readonly #accept: typeof acceptFeedback;
  readonly outcomes = new Map<string, number>();
  recorded = 0;

  constructor(state: State, keys: Keys, seed: string, accept: typeof acceptFeedback) {
    this.#accept = accept;
    this.#state = state;
    this.#keys = keys;
    this.#seed = seed;
    const imported = importPublicKey(keys.trusted.publicBase64);
    if (!imported.ok) throw new Error(imported.code);
    this.#trusted = imported.value;
  }

  run(number: number, only?: readonly number[]): Failure | null {
    const made = makeResponse(this.#seed, number, this.#keys, only);
    const { bytes, requestNonce, steps } = made;
    const due = applicable(bytes, requestNonce, this.#keys, this.#seen);
    const fail = (kind: string, detail: string): Failure => ({
      suite: 'feedback',
      seed: this.#seed,
      number,
      kind,
      detail: `${detail}\nsteps ${steps.join(', ')}\n${JSON.stringify(bytes.toString('latin1').slice(0, 3000))}`,
    });
    const parsed = parseStrictJson(bytes);
    if (!parsed.ok) {
      this.#count(parsed.code);
      return due === null ? null : fail('parse', `refused as ${parsed.code}, valid for the oracle`);
    }
    const before = this.#stored();
    const nonces = this.#nonces();
    let outcome: ReturnType<typeof acceptFeedback>;
    try {
      outcome = this.#accept(this.#state, parsed.value, {
        tenantId: TENANT,
        requestNonce,
        keys: (kid) => (kid === FEEDBACK_KID ? this.#trusted : null),
        requireBinding: true,
        anchor: false,
        nowMs: NOW_SECONDS * 1000,
      });
    } catch (error) {
      return fail('throws', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    this.#count(outcome.ok ? 'accepted' : outcome.code);
    const claimed = this.#nonces() - nonces;
    if (due === null) {
      if (outcome.ok) return fail('accepted', 'an answer was taken that does not verify');
      if (claimed !== 0) return fail('nonce', 'a refused answer claimed a nonce');
      return this.#stored() === before ? null : fail('applied', 'a refused answer changed the policy');
    }
    this.#seen.add(due.nonce);
    if (!outcome.ok) return fail('refused', `a valid answer was refused: ${outcome.code} ${outcome.detail}`);
    if (claimed !== 1) return fail('nonce', 'an answer that was taken did not claim its nonce');
    const names = outcome.value.recorded.map(
      (one) => `${one.targetUrn} ${one.action} ${one.executionFingerprint} ${one.timestamp}`,
    );
    this.recorded += names.length;
    if (names.join('\n') !== due.items.join('\n')) {
      return fail('items', `applied ${JSON.stringify(names)}, due ${JSON.stringify(due.items)}`);
    }
    const stored = new Set(
      listAdjustments(this.#state.db, {}).map(
        (one) => `${one.targetUrn} ${one.action} ${one.executionFingerprint} ${one.timestamp}`,
      ),
    );
    if (names.some((name) => !stored.has(name))) return fail('lost', 'an applied item is not stored');
    const again = this.#replay(parsed.value, requestNonce);
    if (again !== 'feedback_replayed') return fail('replay', `the same answer again: ${again}`);
    // Bounded, so that reading all that is stored stays cheap.
    if (stored.size > 60) this.#state.db.exec('DELETE FROM adjustments');
    return null;
  }

  #replay(response: JsonValue, requestNonce: string): string {
    if (!isJsonObject(response)) return 'not an object';
    const outcome = this.#accept(this.#state, response, {
      tenantId: TENANT,
      requestNonce,
      keys: () => this.#trusted,
      requireBinding: true,
      anchor: false,
      nowMs: NOW_SECONDS * 1000,
    });
    return outcome.ok ? 'accepted' : outcome.code;
  }

  minimise(first: Failure): Failure {
    let kept = [0, 1, 2];
    let smallest = first;
    for (const index of [...kept]) {
      const fewer = kept.filter((one) => one !== index);
      this.#seen.clear();
      this.#state.db.exec('DELETE FROM feedback_nonces; DELETE FROM adjustments');
      const failure = this.run(first.number ?? 0, fewer);
      if (failure?.kind === first.kind) {
        kept = fewer;
        smallest = failure;
      }
    }
    return smallest;
  }

  /** The security log keeps every refusal for ever, and nonces are kept long: how much they hold is not what is tested. */
  forget(): void {
    this.#state.db.exec('DELETE FROM security_log; DELETE FROM feedback_nonces');
    this.#seen.clear();
  }

  #stored(): string {
    const row = this.#state.db
      .prepare(
        `SELECT count(*) AS n, total(confidence) AS c, total(ttl_seconds) AS t, total(received_at_ms) AS r,
                group_concat(target_urn || action || timestamp) AS ids FROM adjustments`,
      )
      .get();
    return JSON.stringify(row);
  }

  #nonces(): number {
    return Number(this.#state.db.prepare('SELECT count(*) AS n FROM feedback_nonces').get()?.n);
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}
