import type { Statement } from '../database.ts';

export const READ_TILE: Statement = {
  name: 'log_read_tile',
  text: 'SELECT hashes FROM log_tiles WHERE level = $1 AND tile_index = $2',
};

/** $3 hashes of level $1 above 0 from index $2 on: the roots of the full tiles below. */
export const READ_TILE_ROOTS: Statement = {
  name: 'log_read_tile_roots',
  text: `SELECT count(*) AS hashes, string_agg(root, ''::bytea ORDER BY tile_index) AS bytes
           FROM log_tiles WHERE level = $1 - 1 AND tile_index >= $2 AND tile_index < $2 + $3`,
};

/** The $3 full tiles of a level from index $2 on, for whoever compares them all. */
export const READ_TILES: Statement = {
  name: 'log_read_tiles',
  text: `SELECT tile_index, hashes, root FROM log_tiles
          WHERE level = $1 AND tile_index >= $2 AND tile_index < $2::bigint + $3::bigint ORDER BY tile_index`,
};

export const COUNT_TILES: Statement = {
  name: 'log_count_tiles',
  text: 'SELECT level, count(*) AS tiles, max(tile_index) AS last FROM log_tiles GROUP BY level ORDER BY level',
};

/** Those of which the text is still there: a bundle with a gap is not served. */
export const READ_ENTRIES: Statement = {
  name: 'log_read_entries',
  text: `SELECT sequence, entry FROM audit_log
          WHERE sequence >= $1 AND sequence < $1 + $2 AND pruned_by IS NULL ORDER BY sequence`,
};

export const READ_CHECKPOINT: Statement = {
  name: 'log_read_checkpoint',
  text: 'SELECT size, origin, root, note, kid, signed_at FROM log_checkpoints WHERE size = $1',
};

/** A page by key: checkpoints larger than $1. */
export const READ_CHECKPOINTS: Statement = {
  name: 'log_read_checkpoints',
  text: `SELECT size, origin, root, note, kid, signed_at FROM log_checkpoints WHERE size > $1 ORDER BY size LIMIT $2`,
};

export const READ_COSIGNATURES: Statement = {
  name: 'log_read_cosignatures',
  text: 'SELECT size, identity, kid, line FROM log_cosignatures WHERE size = $1 ORDER BY identity, kid',
};

/** Cosignatures of checkpoints from size $1 to $2, in order. */
export const READ_COSIGNATURES_BETWEEN: Statement = {
  name: 'log_read_cosignatures_between',
  text: `SELECT size, identity, kid, line FROM log_cosignatures WHERE size >= $1 AND size <= $2
          ORDER BY size, identity, kid`,
};

export const INSERT_COSIGNATURE: Statement = {
  name: 'log_insert_cosignature',
  text: `INSERT INTO log_cosignatures (size, identity, kid, line, witnessed_at, request_id, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (size, identity, kid) DO NOTHING RETURNING size`,
};

/** Entries of request $1; only those of actor $2, where one is given. */
export const READ_ENTRIES_OF_REQUEST: Statement = {
  name: 'log_entries_of_request',
  text: `SELECT sequence, actor, tenant_id, entry, disclosure, leaf_hash, pruned_by FROM audit_log
          WHERE request_id = $1 AND ($2::text IS NULL OR actor = $2::text) ORDER BY sequence`,
};

/** Public keys that signed or may sign checkpoints, and those that witness them, whatever has become of them since. */
export const READ_LOG_KEYS: Statement = {
  name: 'log_keys',
  text: `SELECT owner, purpose, kid, public_key, state FROM keys WHERE purpose IN ('audit', 'witness')
          ORDER BY owner, purpose, kid`,
};

/** The evidence of request $2 of tenant $1, where there is any. */
export const READ_EVIDENCE: Statement = {
  name: 'log_evidence_of_request',
  text: `SELECT endpoint, identity, peer_sha256, kid, public_key, signature, header_timestamp, nonce, body
           FROM evidence WHERE tenant_id = $1 AND request_id = $2`,
};
