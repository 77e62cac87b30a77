/** Documented in `--help`; every command ends with one of these. */
export const EXIT_OK = 0;
/** A fault was found: a check of `doctor` failed, the state cannot be used, nothing matches. */
export const EXIT_FAULT = 1;
/** Not everything went through: pending, quarantined, refused, or a report that could not be read. */
export const EXIT_UNFINISHED = 2;
/** The command line itself is wrong: refused before anything was done. The gateway's program says the same. */
export const EXIT_USAGE = 2;
/** EX_CONFIG: every faulty setting was named. */
export const EXIT_CONFIG = 78;

export const EXIT_CODES_HELP = `Exit codes:
  0   done
  1   a fault was found, or what was asked for does not exist
  2   pending, quarantined, refused, not readable, or a wrong command line
  78  the configuration is wrong; every faulty setting is named`;
