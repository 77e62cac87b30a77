import type { Migration } from './migration.ts';

/**
 * The Merkle tree over the audit log and what was signed of it (PROTOCOL.md section 19). Written by the integrator
 * after the commits (src/audit/integrate.ts), by nobody else; nobody but the owner can change or remove a row.
 *
 * Partial tiles are not stored: that of level 0 is the leaf hashes in audit_log, those above are the roots of the full
 * tiles below them. Nothing here belongs to a tenant: hashes, and public names of keys.
 */
export const transparencyLog: Migration = {
  id: 10,
  name: 'transparency-log',
  plan: 'Creates the tables of the transparency log. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE log_tiles (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 6),
  tile_index bigint NOT NULL CHECK (tile_index >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  PRIMARY KEY (level, tile_index)
);
COMMENT ON TABLE log_tiles IS 'full tiles, C2SP tlog-tiles; root is the hash of the tile, a hash of the level above';

CREATE TABLE log_checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  origin text NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  kid text NOT NULL,
  signed_at timestamptz NOT NULL
);
COMMENT ON COLUMN log_checkpoints.note IS 'C2SP tlog-checkpoint, signed by the audit key kid; cosignatures are kept beside it';

CREATE TABLE log_cosignatures (
  size bigint NOT NULL REFERENCES log_checkpoints (size),
  identity text COLLATE "C" NOT NULL,
  kid text COLLATE "C" NOT NULL,
  line text NOT NULL,
  witnessed_at timestamptz NOT NULL,
  request_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (size, identity, kid)
);
COMMENT ON COLUMN log_cosignatures.line IS 'C2SP tlog-cosignature v1, a signature line of the note of that size';

GRANT SELECT, INSERT ON log_tiles, log_checkpoints, log_cosignatures TO vectorvue_serve;
GRANT SELECT ON log_tiles, log_checkpoints, log_cosignatures TO vectorvue_read, vectorvue_retain;
`,
};
