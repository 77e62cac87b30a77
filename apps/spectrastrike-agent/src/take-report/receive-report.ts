import { PrivateCopy } from '../incoming/private-copy.ts';
import { StateFault } from '../state/state-fault.ts';
import type { OpenedReport } from './open-report.ts';

export interface ReceiveOptions {
  /** What stands in messages. */
  readonly name: string;
  readonly dataDir: string;
  /** Bytes; what is longer is refused. */
  readonly limit: number;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * A stream as a report, which is read more than once: kept in a private file. Nothing is promised of it: what is
 * acknowledged is what `takeReport` spools. Rejects with what the stream rejects with.
 */
export async function receiveReport(
  stream: AsyncIterable<Uint8Array | string>,
  options: ReceiveOptions,
): Promise<OpenedReport> {
  const { name, dataDir, limit, random } = options;
  const copy = PrivateCopy.make(dataDir, Buffer.from(random(12)).toString('hex'));
  const close = (): void => copy[Symbol.dispose]();
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (copy.size + bytes.length > limit) {
        close();
        const expected = `a report of at most ${Math.floor(limit / 1024 / 1024)} MiB`;
        return { ok: false, code: 'report_too_large', expected };
      }
      await copy.write(bytes);
    }
  } catch (error) {
    close();
    if (!(error instanceof StateFault) || error.code !== 'state_full') throw error;
    return {
      ok: false,
      code: 'report_unreadable',
      expected: `room on the disk for the report (${error.code})`,
    };
  }
  return { ok: true, report: { name, size: copy.size, chunks: () => copy.chunks(), close } };
}
