import type { Violation } from './check-history.ts';
import { type FaultKind, FaultMissed } from './fault-kind.ts';
import { type Random, seededRandom } from './random.ts';
import { buildWorld, type World, type WorldOptions } from './world.ts';

export interface KindReport {
  readonly kind: string;
  readonly seed: number;
  /** Faults that took place, as was seen from outside, and were followed by a check. */
  readonly faults: number;
  /** What was seen of them, in a word or two, and how often. */
  readonly seen: Readonly<Record<string, number>>;
  /** Strikes that missed, which are not counted as faults; what they left is checked all the same. */
  readonly missed: number;
  readonly events: number;
  readonly attempts: number;
  readonly answered2xx: number;
  readonly unanswered: number;
  readonly skipped: string | null;
  readonly note: string | null;
  readonly violations: readonly Violation[];
  /** What an end did not recover from, or why a fault missed. Empty when all is well. */
  readonly failures: readonly string[];
}

export interface RunOptions {
  readonly seed: number;
  readonly faults: number;
  readonly world?: WorldOptions;
  /** One that is there already, as the kind needs it: its history goes on, and it stays. */
  readonly in?: World;
  readonly onFault?: (kind: string, number: number) => void;
  /** Epoch milliseconds after which no further fault is begun; what was done is what is counted. */
  readonly until?: number;
}

/** So many misses in a row are no accident. */
const MAX_MISSES = 5;

/** One world, `faults` faults of one kind, a check of all its history after each. Stops at the first that fails. */
export async function runKind(kind: FaultKind, options: RunOptions): Promise<KindReport> {
  const nothing = { faults: 0, seen: {}, missed: 0, events: 0, attempts: 0, answered2xx: 0, unanswered: 0 };
  const named = { kind: kind.name, seed: options.seed };
  const late = options.until !== undefined && Date.now() >= options.until;
  const skipped = late ? 'the time of this run was over' : (kind.unavailable?.() ?? null);
  if (skipped !== null) {
    return { ...named, ...nothing, skipped, note: null, violations: [], failures: [] };
  }
  const random = seededRandom(options.seed);
  const world = options.in ?? (await buildWorld({ ...kind.world?.(), ...options.world }));
  const [attemptsBefore, promisedBefore] = [world.history.attempts.length, world.history.promised.size];
  let [faults, missed, misses] = [0, 0, 0];
  const seen: Record<string, number> = {};
  let note: string | null = null;
  let violations: readonly Violation[] = [];
  const failures: string[] = [];
  try {
    note = (await kind.prepare?.(world)) ?? null;
    while (faults < options.faults && Date.now() < (options.until ?? Number.POSITIVE_INFINITY)) {
      const how = await strike(kind, world, random, `f${options.seed}-${kind.name}-${faults + missed}`);
      violations = await world.check();
      if (how instanceof FaultMissed) {
        missed += 1;
        misses += 1;
        if (misses >= MAX_MISSES) throw how;
      } else {
        faults += 1;
        misses = 0;
        seen[how] = (seen[how] ?? 0) + 1;
        options.onFault?.(kind.name, faults);
      }
      if (violations.length > 0) break;
    }
  } catch (error) {
    failures.push(`fault ${faults + 1}: ${error instanceof Error ? error.message : String(error)}`);
    failures.push(world.gateway.log.slice(-4_000));
    violations = await world.check().catch(() => []);
  } finally {
    await kind.cleanUp?.(world);
    if (options.in === undefined) await world.close();
  }
  const attempts = world.history.attempts.slice(attemptsBefore);
  const promised = [...world.history.promised].slice(promisedBefore);
  return {
    ...named,
    faults,
    seen,
    missed,
    events: new Set([...attempts.map((one) => one.eventId), ...promised]).size,
    attempts: attempts.length,
    answered2xx: attempts.filter(({ answer }) => answer !== null && answer.status < 300).length,
    unanswered: attempts.filter(({ answer }) => answer === null).length,
    skipped: null,
    note,
    violations,
    failures,
  };
}

async function strike(
  kind: FaultKind,
  world: World,
  random: Random,
  label: string,
): Promise<string | FaultMissed> {
  try {
    return await kind.strike(world, random, label);
  } catch (error) {
    if (error instanceof FaultMissed) return error;
    throw error;
  }
}
