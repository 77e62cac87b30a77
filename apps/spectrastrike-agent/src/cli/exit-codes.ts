/** Documented in `--help`; every command of both programs ends with one of these. */
export {
  EXIT_CODES_HELP,
  EXIT_CONFIG,
  EXIT_FAULT,
  EXIT_OK,
  EXIT_UNFINISHED,
  EXIT_USAGE,
} from '@nyxera/federation-cli';
