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

export const USAGE = `node packages/fuzz/src/main.ts [--long] [--suite NAME] [--seed TEXT] [--cases N] [--case N] [--seconds N]
  --long        every suite in full
  --suite NAME  only that one: ${SUITES.join(', ')}
  --seed TEXT   makes the same cases as the run that said it; else one is drawn, and said
  --cases N     so many of each suite (for intake: of each format)
  --case N      only that case, made smaller as long as it fails
  --seconds N   each suite but command-line begins no case after that
  --help        this text
Exit code 0: nothing was found; 1: something was; 2: a wrong option.`;

/** Null: help was asked for. Throws with the reason, in one line, on anything that is not in USAGE. */
export function readArguments(argv: readonly string[], freshSeed: () => string): Arguments | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      case: { type: 'string' },
      suite: { type: 'string' },
      cases: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  if (values.help) return null;
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
