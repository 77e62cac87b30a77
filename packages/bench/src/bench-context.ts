import type { Generator } from './generator.ts';
import type { Effort } from './options.ts';
import type { EventSource } from './source-events.ts';
import type { World } from './world.ts';

/** What every measurement needs. */
export interface BenchContext {
  readonly effort: Effort;
  readonly world: World;
  readonly generator: Generator;
  readonly source: EventSource;
  /** A new PostgreSQL database as a gateway left it after its first start: migrated, trust imported, no event. */
  emptyDatabase(): Promise<string>;
  /** Eight characters, another each time. */
  nextRun(): string;
  /** One line about what is going on, on stderr. */
  say(text: string): void;
}
