import { parseArgs } from 'node:util';

export interface Options {
  /** Short: seconds instead of tens of seconds per measurement. The numbers are noisier. */
  readonly quick: boolean;
  /** For tests: every number, as little of each as possible. */
  readonly smoke: boolean;
  /** Also measure with a filled store; prepares 10,000,000 nonces and 1,000,000 events. */
  readonly filled: boolean;
  /** Where the JSON goes; null: `local_docs/bench/` of the repository. */
  readonly out: string | null;
  /** Run the gateway on PostgreSQL once more under `--cpu-prof`, and leave the profile here. */
  readonly profile: string | null;
}

export const USAGE = `pnpm bench [--quick] [--filled] [--out FILE] [--profile DIRECTORY]
  --quick     short measurements
  --filled    once more with 10,000,000 living nonces and 1,000,000 stored events
  --out       the JSON file (default: local_docs/bench/bench.json)
  --profile   leave a CPU profile of the gateway under load in this directory`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      filled: { type: 'boolean', default: false },
      out: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    quick: values.quick,
    smoke: values.smoke,
    filled: values.filled,
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
  readonly statementsPerRound: number;
  readonly agentEvents: number;
  readonly filledNonces: number;
  readonly filledEvents: number;
}

export function effortOf(options: Options): Effort {
  const filled = options.smoke ? [2_000, 200] : [10_000_000, 1_000_000];
  const [filledNonces = 0, filledEvents = 0] = filled;
  if (options.smoke) {
    const short = { verifySeconds: 0.1, seconds: 0.3, warmUpSeconds: 0.1, insertSeconds: 0.1 };
    return { ...short, connections: 8, agentEvents: 50, statementsPerRound: 2, filledNonces, filledEvents };
  }
  const amounts = options.quick
    ? { verifySeconds: 1, seconds: 4, warmUpSeconds: 2, insertSeconds: 2, agentEvents: 2_000 }
    : { verifySeconds: 3, seconds: 15, warmUpSeconds: 5, insertSeconds: 8, agentEvents: 10_000 };
  return { ...amounts, connections: 256, statementsPerRound: 24, filledNonces, filledEvents };
}
