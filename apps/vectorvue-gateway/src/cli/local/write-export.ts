import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { ExportFormat } from '../../audit/export-formats.ts';
import { CommandRefused } from '../command.ts';
import type { OutputStream } from '../io.ts';

/** Where the text of an export goes, piece by piece. */
export interface ExportSink {
  write(text: string): Promise<void>;
}

/** @param heading members of the document of format `json`, before its entries. @returns how many entries there were. */
export async function writeExport(
  pages: AsyncIterable<readonly string[]>,
  format: ExportFormat,
  heading: Readonly<Record<string, unknown>>,
  sink: ExportSink,
): Promise<number> {
  let count = 0;
  if (format === 'json') await sink.write(`${JSON.stringify(heading).slice(0, -1)},"entries":[`);
  for await (const lines of pages) {
    if (lines.length === 0) continue;
    const separator = count === 0 ? '\n' : ',\n';
    await sink.write(format === 'json' ? separator + lines.join(',\n') : `${lines.join('\n')}\n`);
    count += lines.length;
  }
  // Says that this is the end: a file that was cut off is no JSON.
  if (format === 'json') await sink.write(`\n],"count":${count}}\n`);
  return count;
}

export function streamSink(stream: OutputStream): ExportSink {
  return {
    write: async (text) => {
      stream.write(text);
      await stream.drained?.();
    },
  };
}

/** Never over a file that is there; whole and on disk, or gone again. */
export async function intoFile<Value>(
  path: string,
  work: (sink: ExportSink) => Promise<Value>,
): Promise<Value> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch {
    throw new CommandRefused('out_file', `${path} cannot be made (it must not exist yet); nothing was done`);
  }
  try {
    const value = await work({ write: async (text) => void writeSync(descriptor, text) });
    fsyncSync(descriptor);
    closeSync(descriptor);
    return value;
  } catch (fault) {
    closeSync(descriptor);
    unlinkSync(path);
    throw fault;
  }
}
