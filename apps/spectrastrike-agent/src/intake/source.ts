import type { Report, ReportSource } from './types.ts';

/** A report that is in memory already. */
export function memorySource(report: Report): ReportSource {
  return {
    name: report.name,
    size: report.bytes.length,
    chunks: () => [report.bytes],
  };
}

export interface Head {
  readonly bytes: Uint8Array;
  /** There is nothing after them. */
  readonly whole: boolean;
}

/** The first bytes, at most `limit` of them. */
export function headOf(source: ReportSource, limit: number): Head {
  const parts: Uint8Array[] = [];
  let room = limit;
  for (const chunk of source.chunks()) {
    if (chunk.length > room) {
      parts.push(Buffer.from(chunk.subarray(0, room)));
      return { bytes: Buffer.concat(parts), whole: false };
    }
    // Copied (a Buffer's own slice is none): a chunk is valid until the next one.
    parts.push(Buffer.from(chunk));
    room -= chunk.length;
  }
  return { bytes: Buffer.concat(parts), whole: true };
}

/** The pieces after the first `count` bytes: a byte order mark, say. */
export function* skipBytes(chunks: Iterable<Uint8Array>, count: number): Generator<Uint8Array> {
  let left = count;
  for (const chunk of chunks) {
    if (left >= chunk.length) {
      left -= chunk.length;
      continue;
    }
    yield left === 0 ? chunk : chunk.subarray(left);
    left = 0;
  }
}
