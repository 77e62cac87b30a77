import { parseArgs } from 'node:util';

const LONG_TOTAL = 1_000;
const LONG_EACH = 50;
const SHORT_EACH = 2;

export const USAGE = `node packages/faults/src/main.ts [--long] [--seed N] [--kind NAME]... [--faults N] [--minutes N]
  --long       at least ${LONG_TOTAL.toLocaleString('en-US')} faults, at least ${LONG_EACH} of each kind; else ${SHORT_EACH} of each
  --seed N     makes the same choices as the run that said N; else one is drawn, and said
  --kind NAME  only that kind; may be given more than once
  --faults N   so many of each kind
  --minutes N  begins no fault after that
  --help       this text
Exit code 0: nothing was violated; 1: something was, or a fault missed; 2: a wrong option.`;

export interface Arguments {
  /** null: one is to be drawn. */
  readonly seed: number | null;
  /** Empty: every kind. */
  readonly kinds: readonly string[];
  readonly minutes: number | null;
  /** Of each kind, where so many kinds can be done on this machine. */
  faultsOfEach(able: number): number;
}

/** Null: help was asked for. Throws with the reason, in one line, on anything that is not in USAGE. */
export function readArguments(argv: readonly string[], known: readonly string[]): Arguments | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      kind: { type: 'string', multiple: true, default: [] },
      faults: { type: 'string' },
      minutes: { type: 'string' },
    },
  });
  if (values.help) return null;
  const unknown = values.kind.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no kind "${unknown}"; there are: ${known.join(', ')}`);
  const faults = wholeNumber('faults', values.faults, 1);
  return {
    seed: wholeNumber('seed', values.seed, 0),
    kinds: values.kind,
    minutes: wholeNumber('minutes', values.minutes, 1),
    faultsOfEach: (able) => {
      if (faults !== null) return faults;
      // A kind that this machine cannot do leaves its share to the others.
      return values.long ? Math.max(LONG_EACH, Math.ceil(LONG_TOTAL / Math.max(1, able))) : SHORT_EACH;
    },
  };
}

function wholeNumber(name: string, text: string | undefined, least: number): number | null {
  if (text === undefined) return null;
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) < least) {
    throw new Error(`--${name} takes a whole number from ${least}`);
  }
  return Number(text);
}
