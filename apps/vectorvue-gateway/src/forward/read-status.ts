import type { Queryable } from '../store/database.ts';
import { FORWARD_STATUS } from '../store/sql/forward.ts';

/** One destination as the store knows it. Times null: never. */
export interface ForwardStatus {
  readonly destination: string;
  /** The first entry that is not acknowledged. */
  readonly next_sequence: number;
  readonly generation: number;
  /** Entries delivered in all, those delivered again included. */
  readonly delivered: number;
  readonly acknowledged_at: Date | null;
  /** null: the last attempt succeeded. */
  readonly failing_since: Date | null;
  readonly failures: number;
  readonly error_code: string | null;
  readonly error_detail: string | null;
  readonly error_at: Date | null;
  /** Entries between the cursor and the end of the log, those that its filter leaves out included. */
  readonly lag_entries: number;
  /** Age of the first entry that is not acknowledged, seconds; 0 where there is none. */
  readonly lag_seconds: number;
}

export function readForwardStatus(db: Queryable): Promise<readonly ForwardStatus[]> {
  return db.query<ForwardStatus>(FORWARD_STATUS);
}
