import { EXIT_CONFIG, EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from '@nyxera/federation-cli';

export { EXIT_CODES_HELP } from '@nyxera/federation-cli';

/** What every command ends with; `--help` prints it. */
export const EXIT = {
  ok: EXIT_OK,
  /** A fault was found, or the store could not be reached. */
  fault: EXIT_FAULT,
  /** Refused by a rule, confirmation missing, waiting for somebody, or wrong usage; what was not done is said. */
  refused: EXIT_UNFINISHED,
  configuration: EXIT_CONFIG,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
