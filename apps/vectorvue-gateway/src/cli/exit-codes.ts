import { EXIT_CONFIG } from '../config.ts';

/** What every command ends with; `--help` prints it. */
export const EXIT = {
  ok: 0,
  /** A fault was found, or the store could not be reached. */
  fault: 1,
  /** Refused by a rule, confirmation missing, or wrong usage. Nothing was changed. */
  refused: 2,
  configuration: EXIT_CONFIG,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP =
  'Exit codes: 0 done; 1 a fault was found, or the database cannot be reached; 2 refused or wrong usage, nothing changed; 78 configuration.';
