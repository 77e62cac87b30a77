/** The exit codes of both programs; `--help` and both READMEs show this table. */
export const EXIT_OK = 0;
/** A fault was found, what was asked for does not exist, or the store or state cannot be used. */
export const EXIT_FAULT = 1;
/** Not everything went through, or a rule refused it; what was not done is said. */
export const EXIT_UNFINISHED = 2;
/** The command line is wrong: refused before anything was done. */
export const EXIT_USAGE = 2;
/** EX_CONFIG of sysexits.h: every faulty setting was named. */
export const EXIT_CONFIG = 78;

export const EXIT_CODES_HELP = `Exit codes:
  0   done
  1   a fault was found, what was asked for does not exist, or the store cannot be reached
  2   not or not wholly done: refused, waiting, not readable, or a wrong command line
  78  the configuration is wrong; every faulty setting is named`;
