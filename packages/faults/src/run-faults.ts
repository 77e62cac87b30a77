import type { Violation } from './check-history.ts';
import type { FaultKind } from './fault-kind.ts';
import { seededRandom } from './random.ts';
import { buildWorld, type WorldOptions } from './world.ts';

export interface KindReport {
  readonly kind: string;
  readonly seed: number;
  /** Faults that took place and were followed by a check. */
  readonly faults: number;
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
  readonly onFault?: (kind: string, number: number) => void;
  /** Epoch milliseconds after which no further fault is begun; what was done is what is counted. */
  readonly until?: number;
}

/** One world, `faults` faults of one kind, a check after each. Stops at the first that fails. */
export async function runKind(kind: FaultKind, options: RunOptions): Promise<KindReport> {
  const nothing = { faults: 0, events: 0, attempts: 0, answered2xx: 0, unanswered: 0 };
  const named = { kind: kind.name, seed: options.seed };
  const late = options.until !== undefined && Date.now() >= options.until;
  const skipped = late ? 'the time of this run was over' : (kind.unavailable?.() ?? null);
  if (skipped !== null) {
    return { ...named, ...nothing, skipped, note: null, violations: [], failures: [] };
  }
  const random = seededRandom(options.seed);
  const world = await buildWorld({ ...kind.world?.(), ...options.world });
  let faults = 0;
  let note: string | null = null;
  let violations: readonly Violation[] = [];
  const failures: string[] = [];
  try {
    note = (await kind.prepare?.(world)) ?? null;
    while (faults < options.faults && Date.now() < (options.until ?? Number.POSITIVE_INFINITY)) {
      await kind.strike(world, random, `f${options.seed}-${faults}`);
      violations = await world.check();
      faults += 1;
      options.onFault?.(kind.name, faults);
      if (violations.length > 0) break;
    }
  } catch (error) {
    failures.push(`fault ${faults + 1}: ${error instanceof Error ? error.message : String(error)}`);
    failures.push(world.gateway.log.slice(-4_000));
    violations = await world.check().catch(() => []);
  } finally {
    await kind.cleanUp?.(world);
    await world.close();
  }
  const { attempts } = world.history;
  return {
    ...named,
    faults,
    events: new Set([...attempts.map((one) => one.eventId), ...world.history.promised]).size,
    attempts: attempts.length,
    answered2xx: attempts.filter(({ answer }) => answer !== null && answer.status < 300).length,
    unanswered: attempts.filter(({ answer }) => answer === null).length,
    skipped: null,
    note,
    violations,
    failures,
  };
}
