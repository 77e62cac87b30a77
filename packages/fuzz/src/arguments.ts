import { parseArgs } from 'node:util';

export const SUITES = ['gateway', 'feedback', 'command-line', 'intake'] as const;
export type Suite = (typeof SUITES)[number];

export interface Arguments {
  readonly seed: string;
  readonly suites: readonly Suite[];
  /** Null: all of the suite's cases. */
  readonly only: number | null;
  /** Each suite ends after so many seconds, whatever it has done by then; null: when all its cases are done. */
  readonly seconds: number | null;
  /** Cases per suite; for intake, per format. */
  readonly counts: Readonly<Record<Suite, number>>;
}

const SHORT: Readonly<Record<Suite, number>> = {
  gateway: 3000,
  feedback: 3000,
  'command-line': 6,
  intake: 200,
};
const LONG: Readonly<Record<Suite, number>> = {
  gateway: 200_000,
  feedback: 200_000,
  'command-line': 100,
  intake: 10_000,
};

/** `--long`, `--seed TEXT`, `--case N`, `--suite NAME`, `--cases N`, `--seconds N`. Throws with the reason on anything else. */
export function readArguments(argv: readonly string[], freshSeed: () => string): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      case: { type: 'string' },
      suite: { type: 'string' },
      cases: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const suite = SUITES.find((name) => name === values.suite);
  if (values.suite !== undefined && suite === undefined)
    throw new Error(`--suite is one of ${SUITES.join(', ')}`);
  const count = (name: string, text: string | undefined): number | null => {
    if (text === undefined) return null;
    if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--${name} takes a number`);
    return Number(text);
  };
  const cases = count('cases', values.cases);
  const base = values.long ? LONG : SHORT;
  const counts =
    cases === null ? base : { gateway: cases, feedback: cases, 'command-line': cases, intake: cases };
  return {
    seed: values.seed ?? freshSeed(),
    suites: suite === undefined ? SUITES : [suite],
    only: count('case', values.case),
    seconds: count('seconds', values.seconds),
    counts,
  };
}
