import { createHash } from 'node:crypto';
import { errnoCode } from '@nyxera/federation-cli';
import type { CliContext } from './cli-context.ts';
import { readFileLimited } from './read-input.ts';

/** What intake takes; a file beyond it is refused before it is read. Bytes. */
export const REPORT_LIMIT = 256 * 1024 * 1024;
export const STDIN = '-';

export type ReadReport =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly expected: string };

/** Reads a file, or standard input for `-`. Never throws: the other files go on. */
export async function readReport(context: CliContext, file: string): Promise<ReadReport> {
  try {
    const bytes =
      file === STDIN ? await context.readStdin(REPORT_LIMIT) : await readFileLimited(file, REPORT_LIMIT);
    if (bytes !== null) return { ok: true, bytes };
    return { ok: false, expected: `a report of at most ${REPORT_LIMIT / 1024 / 1024} MiB` };
  } catch (error) {
    return { ok: false, expected: `a file that can be read (${errnoCode(error) ?? 'unknown error'})` };
  }
}

/** Lower-case hex. */
export function reportSha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
