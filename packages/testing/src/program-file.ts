import { fileURLToPath } from 'node:url';
import { templatesFolder } from './config.ts';

/**
 * The file that a test starts as a program: what is built in a run of the whole suite, which builds first (it is what
 * ships, and starts in half of the time), else its source, so that a change is seen without a build.
 */
export function programFile({ source, built }: { readonly source: URL; readonly built: URL }): string {
  return fileURLToPath(templatesFolder() === null ? source : built);
}
