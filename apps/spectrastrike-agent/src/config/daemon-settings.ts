import type { Settings } from './settings.ts';

/** How much undelivered work the spool takes before intake is refused with `spool_full`. */
export interface SpoolBounds {
  /** Bytes of what is pending or in quarantine; null: no bound. */
  readonly maxBytes: number | null;
  /** Milliseconds that the oldest pending event may have waited; null: no bound. */
  readonly maxAgeMs: number | null;
  /** Bytes that must stay free on the disk of the data directory; 0: not looked at. */
  readonly minFreeBytes: number;
}

/** What `run` does by itself, beside delivering. */
export interface UpkeepSettings {
  /** How long the payload of a delivered event is kept; milliseconds, null: for ever. */
  readonly deliveredKeepMs: number | null;
  /** Between two rounds of the feedback loop of a tenant; milliseconds, 0: no loop. */
  readonly feedbackIntervalMs: number;
  /** Whether the loop builds and pushes graphs of what was delivered before it asks. */
  readonly feedbackGraphs: boolean;
}

const HOUR_MS = 3_600_000;
const MOST_BYTES = 999_999_999_999;
/** What SQLite needs to go on with what it has: its log, and the outcomes of deliveries. */
const DEFAULT_MIN_FREE_BYTES = 64 * 1024 * 1024;

export function readSpoolBounds(settings: Settings): SpoolBounds {
  const maxBytes = settings.integer('SPECTRASTRIKE_SPOOL_MAX_BYTES', 0, 0, MOST_BYTES);
  const maxAgeHours = settings.integer('SPECTRASTRIKE_SPOOL_MAX_AGE_HOURS', 0, 0, 87_600);
  return {
    maxBytes: maxBytes === 0 ? null : maxBytes,
    maxAgeMs: maxAgeHours === 0 ? null : maxAgeHours * HOUR_MS,
    minFreeBytes: settings.integer('SPECTRASTRIKE_MIN_FREE_BYTES', DEFAULT_MIN_FREE_BYTES, 0, MOST_BYTES),
  };
}

export function readUpkeep(settings: Settings): UpkeepSettings {
  const keepHours = settings.integer('SPECTRASTRIKE_DELIVERED_KEEP_HOURS', 0, 0, 87_600);
  return {
    deliveredKeepMs: keepHours === 0 ? null : keepHours * HOUR_MS,
    feedbackIntervalMs: 1000 * settings.integer('SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS', 60, 0, 86_400),
    feedbackGraphs: settings.boolean('SPECTRASTRIKE_FEEDBACK_GRAPHS', true),
  };
}
