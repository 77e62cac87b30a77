import type { EntryFault } from './check-entry.ts';

/**
 * What is wrong with a stored log, and where it is first wrong.
 * - of an entry: `wrong_leaf`, `wrong_entry`, `wrong_disclosure`; `gap`; `head_size_mismatch`.
 * - of what was pruned: `wrong_pruning` (no entry of the log says so, or it says another number; or nothing was signed
 *   over it).
 * - of the tree: `missing_tile`, `wrong_tile`, `extra_tile`.
 * - of what was signed: `wrong_checkpoint` (no checkpoint, or not the one its columns say), `checkpoint_signature`,
 *   `checkpoint_root` (entries are others than those that were signed), `checkpoint_beyond_log` (signed entries are
 *   gone), `wrong_cosignature`, `not_continued` (the log does not continue the checkpoint that was given).
 */
export interface AuditFault {
  /** The first entry that may be wrong. */
  readonly sequence: number;
  readonly kind:
    | EntryFault['kind']
    | 'gap'
    | 'wrong_pruning'
    | 'head_size_mismatch'
    | 'missing_tile'
    | 'wrong_tile'
    | 'extra_tile'
    | 'wrong_checkpoint'
    | 'checkpoint_signature'
    | 'checkpoint_root'
    | 'checkpoint_beyond_log'
    | 'wrong_cosignature'
    | 'not_continued';
  /** `entry 7`, `tile/0/003`, `checkpoint 1200`. */
  readonly place: string;
  readonly detail: string;
}
