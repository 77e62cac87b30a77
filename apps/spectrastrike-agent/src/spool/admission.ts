import { statfsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { SpoolBounds } from '../config.ts';
import { spoolSize } from './size.ts';

/** Which bound was reached. */
export type FullReason = 'bytes' | 'age' | 'disk';

/** Whether intake may take more. Nothing that was taken is ever dropped for it. */
export type Admission =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'spool_full'; readonly reason: FullReason; readonly detail: string };

export interface AdmissionQuestion {
  readonly db: DatabaseSync;
  readonly dataDir: string;
  readonly bounds: SpoolBounds;
  /** That are about to come, beside what is there. */
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** Looks at an index and at the file system: microseconds, whatever the size of the spool. */
export function judgeAdmission(question: AdmissionQuestion): Admission {
  const { db, dataDir, bounds, bytes, nowMs } = question;
  const size = spoolSize(db);
  if (bounds.maxBytes !== null && size.bytes + bytes > bounds.maxBytes) {
    return full(
      'bytes',
      `${size.bytes} bytes wait, ${bytes} more were offered, ${bounds.maxBytes} are allowed`,
    );
  }
  if (bounds.maxAgeMs !== null && size.oldestPendingMs !== null) {
    const ageMs = nowMs - size.oldestPendingMs;
    if (ageMs > bounds.maxAgeMs) {
      return full(
        'age',
        `the oldest event waits for ${hours(ageMs)} h, ${hours(bounds.maxAgeMs)} are allowed`,
      );
    }
  }
  if (bounds.minFreeBytes > 0) {
    const free = freeBytes(dataDir);
    if (free !== null && free - bytes < bounds.minFreeBytes) {
      return full('disk', `${free} bytes are free on the disk, ${bounds.minFreeBytes} must stay free`);
    }
  }
  return { ok: true };
}

function full(reason: FullReason, detail: string): Admission {
  return { ok: false, code: 'spool_full', reason, detail };
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}

/** For this user; null where the file system does not say. */
function freeBytes(dataDir: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    return bavail * bsize;
  } catch {
    return null;
  }
}
