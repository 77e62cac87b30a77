import type { Random } from './random.ts';
import type { World, WorldOptions } from './world.ts';

/**
 * One way to go wrong. `strike` makes it go wrong once, with traffic around it, and returns when all is well again:
 * a word or two for what was seen of the fault itself, from outside the gateway. They are counted in the report.
 */
export interface FaultKind {
  readonly name: string;
  /** Why it cannot be done on this machine; null where it can. A kind that is skipped is said, never counted. */
  readonly unavailable?: () => string | null;
  /** What it needs from the world, and how the world is made ready; told notes go into the report. */
  readonly world?: () => WorldOptions;
  readonly prepare?: (world: World) => Promise<string | null>;
  /**
   * `label` is unique in the world, for event ids. Throws FaultMissed where the fault that was meant did not take
   * place, which proves nothing and is not counted; any other error where an end did not recover.
   */
  strike(world: World, random: Random, label: string): Promise<string>;
  readonly cleanUp?: (world: World) => Promise<void>;
}

/** Nothing is wrong, but nothing was shown either: it did not go wrong in the way that was meant. */
export class FaultMissed extends Error {
  override readonly name = 'FaultMissed';
}

/** Waits until `seen` is true. Throws what `late` makes when it is not in so many milliseconds. */
export async function until(
  seen: () => boolean | Promise<boolean>,
  late: () => Error,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await seen())) {
    if (performance.now() > deadline) throw late();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
