import type { Statement } from '../database.ts';

/** In one snapshot: what the head says, and what is there. */
export const AUDIT_HEAD: Statement = {
  name: 'audit_head',
  text: `SELECT size, (SELECT count(*) FROM audit_log WHERE sequence >= size) AS beyond FROM audit_head`,
};

/**
 * A page by key: the $3 sequences from $1 on, below $2. Bounded at both ends, so that no plan reads the rest of the log:
 * what the planner guesses of a table that was never analysed made this quadratic once.
 */
export const AUDIT_PAGE: Statement = {
  name: 'audit_page',
  text: `SELECT sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256, entry,
                disclosure, leaf_hash, pruned_by
           FROM audit_log WHERE sequence >= $1 AND sequence < least($2::bigint, $1::bigint + $3::bigint) ORDER BY sequence`,
};

/** In one snapshot: up to where the log is signed, and how many tiles are stored. */
export const LOG_EXTENT: Statement = {
  name: 'log_extent',
  text: `SELECT coalesce((SELECT max(size) FROM log_checkpoints), 0) AS signed, (SELECT count(*) FROM log_tiles) AS tiles`,
};

/** Whether request $1 is a pruning that was recorded as entry $2 or later. */
export const PRUNING_BEYOND: Statement = {
  name: 'audit_pruning_beyond',
  text: `SELECT EXISTS (SELECT FROM audit_log WHERE request_id = $1 AND action = 'retention.prune' AND pruned_by IS NULL
                   AND sequence >= $2) AS beyond`,
};
