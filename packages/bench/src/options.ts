import { parseArgs } from 'node:util';

export interface Options {
  /** Short: seconds instead of tens of seconds per measurement. The numbers are noisier. */
  readonly quick: boolean;
  /** For tests: every number, as little of each as possible. */
  readonly smoke: boolean;
  /** Also measure with a filled store; prepares 10,000,000 nonces and 1,000,000 events. */
  readonly filled: boolean;
  /** The console instead of everything else, over 1,000,000 stored events. */
  readonly console: boolean;
  /** Where the JSON goes; null: `local_docs/bench/` of the repository. */
  readonly out: string | null;
  /** Run the gateway on PostgreSQL once more under `--cpu-prof`, and leave the profile here. */
  readonly profile: string | null;
}

export const USAGE = `pnpm bench [--quick] [--filled] [--out FILE] [--profile DIRECTORY]
pnpm bench --console [--out FILE]
  --console   the console of the gateway over 1,000,000 events, and what it costs ingestion
  --quick     short measurements, a spool of 50,000 events, 1,000 idle connections
  --filled    once more with 10,000,000 living nonces and 1,000,000 stored events
  --out       the JSON file (default: local_docs/bench/bench.json, console.json)
  --profile   leave a CPU profile of the gateway under load in this directory`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      filled: { type: 'boolean', default: false },
      console: { type: 'boolean', default: false },
      out: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    quick: values.quick,
    smoke: values.smoke,
    filled: values.filled,
    console: values.console,
    out: values.out ?? null,
    profile: values.profile ?? null,
  };
}

/** How much of everything. Seconds are measured ones, without warm-up. */
export interface Effort {
  readonly verifySeconds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly insertSeconds: number;
  /** Events of the source that are sent again and again, under ids of their own. */
  readonly sourceEvents: number;
  /** Sizes of batches, beside single events. */
  readonly batches: readonly number[];
  readonly embeddedBatches: readonly number[];
  /** Events of the first round, which finds out how many a round may have. */
  readonly firstRound: number;
  readonly statementsPerRound: number;
  readonly agentEvents: number;
  /** Events in the agent's spool before its memory is looked at, and how long it may drain them. */
  readonly spooledEvents: number;
  readonly drainSeconds: number;
  readonly idleConnections: number;
  /** So that what a start or a crowd of handshakes left is collected before memory is read. */
  readonly settleMs: number;
  readonly filledNonces: number;
  readonly filledEvents: number;
}

export function effortOf(options: Options): Effort {
  const filled = options.smoke ? [2_000, 200] : [10_000_000, 1_000_000];
  const [filledNonces = 0, filledEvents = 0] = filled;
  if (options.smoke) {
    return {
      // A warm-up round and one that counts, of a few requests each, are all that these seconds leave room for.
      verifySeconds: 0.01,
      seconds: 0.04,
      warmUpSeconds: 0.01,
      insertSeconds: 0.001,
      connections: 4,
      sourceEvents: 200,
      batches: [10, 1000],
      embeddedBatches: [],
      firstRound: 16,
      agentEvents: 30,
      spooledEvents: 300,
      drainSeconds: 30,
      idleConnections: 12,
      settleMs: 50,
      statementsPerRound: 1,
      filledNonces,
      filledEvents,
    };
  }
  const amounts = options.quick
    ? {
        verifySeconds: 1,
        seconds: 4,
        warmUpSeconds: 2,
        insertSeconds: 2,
        agentEvents: 2_000,
        spooledEvents: 50_000,
        drainSeconds: 8,
        idleConnections: 1_000,
        settleMs: 1_000,
      }
    : {
        verifySeconds: 3,
        seconds: 15,
        warmUpSeconds: 5,
        insertSeconds: 8,
        agentEvents: 10_000,
        spooledEvents: 1_000_000,
        drainSeconds: 60,
        idleConnections: 10_000,
        settleMs: 5_000,
      };
  const batches = [10, 100, 1000];
  const sizes = { batches, embeddedBatches: batches, firstRound: 512, statementsPerRound: 24 };
  return { ...amounts, ...sizes, connections: 256, sourceEvents: 5_000, filledNonces, filledEvents };
}
