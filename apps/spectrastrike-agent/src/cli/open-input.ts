import { errnoCode } from '@nyxera/federation-cli';
import { MAX_REPORT_BYTES } from '../intake/index.ts';
import { type OpenedReport, openReport, receiveReport } from '../take-report.ts';
import type { CliContext } from './cli-context.ts';

export const STDIN = '-';

/** A file, or standard input for `-`, as a report. Never throws: the other files go on. */
export async function openInput(context: CliContext, file: string, dataDir: string): Promise<OpenedReport> {
  if (file !== STDIN) return openReport(file);
  try {
    const { stdin, random } = context;
    return await receiveReport(stdin, { name: file, dataDir, limit: MAX_REPORT_BYTES, random });
  } catch (error) {
    const why = errnoCode(error) ?? 'unknown error';
    return { ok: false, code: 'report_unreadable', expected: `standard input that can be read (${why})` };
  }
}
