import type { Random } from './random.ts';
import type { World, WorldOptions } from './world.ts';

/** One way to go wrong. `strike` makes it go wrong once, with traffic around it, and returns when all is well again. */
export interface FaultKind {
  readonly name: string;
  /** Why it cannot be done on this machine; null where it can. A kind that is skipped is said, never counted. */
  readonly unavailable?: () => string | null;
  /** What it needs from the world, and how the world is made ready; told notes go into the report. */
  readonly world?: () => WorldOptions;
  readonly prepare?: (world: World) => Promise<string | null>;
  /**
   * `label` is unique in the world, for event ids. Throws where an end does not recover, or where the fault that
   * was meant did not take place: a fault that missed proves nothing.
   */
  strike(world: World, random: Random, label: string): Promise<void>;
  readonly cleanUp?: (world: World) => Promise<void>;
}

const SEVERITIES = ['info', 'medium', 'high', 'critical'] as const;

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
