import type { Statement } from '../database.ts';

/** Advisory lock of this database: one integrator at a time, in whichever process. Nothing else takes it. */
const INTEGRATION_LOCK = 7_310_300;

/** Cheap, and outside of any transaction: whether there is anything to integrate. */
export const INTEGRATION_BACKLOG: Statement = {
  name: 'log_backlog',
  text: `SELECT head.size AS entries, coalesce((SELECT max(size) FROM log_checkpoints), 0) AS integrated
           FROM audit_head AS head`,
};

export const TRY_INTEGRATION_LOCK: Statement = {
  name: 'log_lock',
  text: `SELECT pg_try_advisory_xact_lock(${INTEGRATION_LOCK}) AS taken`,
};

/** The newest checkpoint, or no row. */
export const LAST_CHECKPOINT: Statement = {
  name: 'log_last_checkpoint',
  text: `SELECT size, origin, root, note, kid, signed_at FROM log_checkpoints ORDER BY size DESC LIMIT 1`,
};

/** Whether audit key $1 may sign at time $2 (PROTOCOL.md section 15: only an active key signs). */
export const AUDIT_KEY_MAY_SIGN: Statement = {
  name: 'log_key_may_sign',
  text: `SELECT EXISTS (SELECT FROM keys WHERE owner = '@gateway' AND purpose = 'audit' AND kid = $1 AND state = 'active'
                   AND coalesce(not_before <= $2, true) AND coalesce(not_after > $2, true)) AS may_sign`,
};

/** Leaf hashes of the $2 sequences from $1 on, joined, and the first and last sequence they are of. */
export const READ_LEAVES: Statement = {
  name: 'log_read_leaves',
  text: `SELECT min(sequence) AS first, max(sequence) AS last, string_agg(leaf_hash, ''::bytea ORDER BY sequence) AS hashes
           FROM audit_log WHERE sequence >= $1 AND sequence < $1::bigint + $2::bigint`,
};

export const INSERT_TILES: Statement = {
  name: 'log_insert_tiles',
  text: `INSERT INTO log_tiles (level, tile_index, hashes, root)
         SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bytea[])`,
};

export const INSERT_CHECKPOINT: Statement = {
  name: 'log_insert_checkpoint',
  text: `INSERT INTO log_checkpoints (size, origin, root, note, kid, signed_at) VALUES ($1, $2, $3, $4, $5, $6)`,
};
