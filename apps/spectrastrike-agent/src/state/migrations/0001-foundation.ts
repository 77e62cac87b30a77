/**
 * Migration 1: every table that the agent starts with. Times are Unix milliseconds where a column ends in
 * _ms, Unix seconds otherwise; booleans are 0 and 1; hashes are lower-case hex.
 */
export const foundation = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One measurement of the agent itself, taken once per run (PROTOCOL.md section 11).
CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  started_at_ms INTEGER NOT NULL,
  manifest_json TEXT NOT NULL,
  attestation_measurement_hash TEXT NOT NULL,
  manifest_hash TEXT NOT NULL,
  tool_sha256 TEXT,
  policy_decision_hash TEXT,
  synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1))
) STRICT;

-- A lane is (gateway, operator, tenant); the tenant is kept verbatim, because it is signed verbatim.
CREATE TABLE lanes (
  lane_id INTEGER PRIMARY KEY,
  gateway TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused')),
  paused_code TEXT,
  paused_at_ms INTEGER,
  probe_after_ms INTEGER,
  UNIQUE (gateway, operator_id, tenant_id),
  CHECK ((state = 'paused') = (paused_code IS NOT NULL))
) STRICT;

-- What a report became must not drift: the run whose measurements it was given, and the time that stood in
-- where the report has none, are kept with it.
CREATE TABLE reports (
  report_sha256 TEXT NOT NULL,
  mapping_version TEXT NOT NULL,
  lane_id INTEGER NOT NULL REFERENCES lanes (lane_id),
  format TEXT NOT NULL,
  name TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  observed_fallback TEXT NOT NULL,
  read INTEGER NOT NULL,
  PRIMARY KEY (report_sha256, mapping_version, lane_id)
) STRICT, WITHOUT ROWID;

-- seq is the order of arrival. AUTOINCREMENT: a number is never given twice, not even after a drop.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  lane_id INTEGER NOT NULL REFERENCES lanes (lane_id),
  event_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  execution_hash TEXT NOT NULL,
  fingerprint_timestamp TEXT NOT NULL,
  attestation_measurement_hash TEXT NOT NULL,
  target_urn TEXT NOT NULL,
  report_sha256 TEXT,
  intent_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'quarantined', 'dropped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  replay_retries INTEGER NOT NULL DEFAULT 0,
  next_attempt_ms INTEGER NOT NULL DEFAULT 0,
  last_code TEXT,
  last_detail TEXT,
  spooled_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER,
  delivered_at_ms INTEGER,
  duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1)),
  gateway_request_id TEXT,
  receipt TEXT,
  UNIQUE (lane_id, event_id)
) STRICT;
CREATE INDEX events_by_state ON events (lane_id, state, seq);
CREATE INDEX events_first_attempt ON events (lane_id, seq) WHERE state = 'pending' AND attempts = 0;
CREATE INDEX events_retry ON events (lane_id, next_attempt_ms, seq) WHERE state = 'pending' AND attempts > 0;
CREATE INDEX events_by_execution ON events (lane_id, execution_hash, seq);

-- The chain of intents (PROTOCOL.md section 11): one chain per installation, never shortened.
CREATE TABLE intents (
  sequence INTEGER PRIMARY KEY,
  intent_id TEXT NOT NULL UNIQUE,
  lane_id INTEGER NOT NULL REFERENCES lanes (lane_id),
  event_id TEXT NOT NULL,
  input TEXT NOT NULL,
  prev TEXT NOT NULL,
  intent_hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER intents_are_final BEFORE UPDATE ON intents
BEGIN SELECT RAISE(ABORT, 'an intent is never changed'); END;
CREATE TRIGGER intents_stay BEFORE DELETE ON intents
BEGIN SELECT RAISE(ABORT, 'an intent is never removed'); END;

-- The circuit per gateway, and the mark that a failed TLS verification, pin or redirect leaves.
CREATE TABLE gateways (
  url TEXT PRIMARY KEY,
  circuit TEXT NOT NULL DEFAULT 'closed' CHECK (circuit IN ('closed', 'open')),
  opened_at_ms INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  next_probe_ms INTEGER,
  last_code TEXT,
  last_detail TEXT,
  marked_code TEXT,
  marked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE feedback_nonces (
  kid TEXT NOT NULL,
  nonce TEXT NOT NULL,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (kid, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_nonces_by_age ON feedback_nonces (keep_until);

-- Verified adjustments, the living set of the policy engine (PROTOCOL.md section 14). Tenants lower-case.
CREATE TABLE adjustments (
  tenant_id TEXT NOT NULL,
  target_urn TEXT NOT NULL,
  action TEXT NOT NULL,
  confidence REAL NOT NULL,
  rationale TEXT NOT NULL,
  control TEXT NOT NULL,
  ttl_seconds INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  execution_fingerprint TEXT NOT NULL,
  attestation_measurement_hash TEXT NOT NULL,
  kid TEXT NOT NULL,
  request_id TEXT,
  received_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, target_urn, action, execution_fingerprint, timestamp)
) STRICT, WITHOUT ROWID;

CREATE TABLE graphs (
  graph_id TEXT PRIMARY KEY,
  lane_id INTEGER NOT NULL REFERENCES lanes (lane_id),
  execution_fingerprint TEXT NOT NULL,
  attestation_measurement_hash TEXT NOT NULL,
  target_urn TEXT NOT NULL,
  body TEXT NOT NULL,
  built_at_ms INTEGER NOT NULL,
  pushed_at_ms INTEGER,
  request_id TEXT
) STRICT;
CREATE INDEX graphs_by_lane ON graphs (lane_id, built_at_ms);

-- Public keys of gateways; tenant '*' is every tenant.
CREATE TABLE trusted_keys (
  tenant_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  purpose TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'revoked')),
  not_before INTEGER,
  not_after INTEGER,
  source TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kid, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE security_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  class TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  tenant_id TEXT,
  ref TEXT
) STRICT;
CREATE TRIGGER security_log_is_final BEFORE UPDATE ON security_log
BEGIN SELECT RAISE(ABORT, 'the security log is never changed'); END;
`;
