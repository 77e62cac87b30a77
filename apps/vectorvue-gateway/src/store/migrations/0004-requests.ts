import type { Migration } from './migration.ts';
import { tenantPolicies } from './tenant-policies.ts';

/**
 * What a request leaves: its nonce and bucket, its evidence, its events and findings, or its refused body. Keys
 * compare by bytes (COLLATE "C"): faster, the same on every machine, and the order in which commits take locks.
 */
export const requests: Migration = {
  id: 4,
  name: 'requests',
  plan: 'Creates the tables of requests, evidence, events and findings. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE nonces (
  identity text COLLATE "C" NOT NULL,
  nonce text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (identity, nonce)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX nonces_by_expiry ON nonces (expires_at);

CREATE TABLE nonce_counters (
  identity text COLLATE "C" PRIMARY KEY,
  living bigint NOT NULL
) WITH (fillfactor = 20);
COMMENT ON COLUMN nonce_counters.living IS 'rows of nonces, plus what nonce_sweeps has not yet taken off';

-- What the sweeper removed. It only adds rows here and never waits for a counter, which commits hold; whoever
-- holds the counter takes it off (store/sweep-expired-nonces.ts).
CREATE TABLE nonce_sweeps (
  sweep_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  identity text COLLATE "C" NOT NULL,
  removed bigint NOT NULL
);
CREATE INDEX nonce_sweeps_by_identity ON nonce_sweeps (identity);

CREATE TABLE operator_buckets (
  operator_id text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL CHECK (scope IN ('telemetry', 'graph')),
  tokens double precision NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, scope)
) WITH (fillfactor = 20);

CREATE TABLE evidence (
  tenant_id text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  endpoint text NOT NULL,
  identity text NOT NULL,
  peer_sha256 text NOT NULL,
  operator_id text NOT NULL,
  kid text NOT NULL,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  signature bytea NOT NULL CHECK (octet_length(signature) = 64),
  header_timestamp bigint NOT NULL,
  nonce text NOT NULL,
  body bytea NOT NULL,
  body_sha256 bytea NOT NULL,
  PRIMARY KEY (tenant_id, request_id)
);

CREATE TABLE events (
  tenant_id text COLLATE "C" NOT NULL,
  operator_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  evidence_index int NOT NULL,
  campaign_id text NOT NULL,
  event_type text NOT NULL,
  source_system text NOT NULL,
  severity text NOT NULL,
  observed_at_text text NOT NULL,
  observed_at timestamptz NOT NULL,
  observed_at_assumed boolean NOT NULL,
  techniques text[] NOT NULL,
  tactics text[] NOT NULL,
  execution_hash text NOT NULL,
  attestation_measurement_hash text NOT NULL,
  attestation_synthetic boolean NOT NULL,
  asset_ref text,
  target_urn text,
  intent_id text,
  fingerprint_verified boolean,
  content_hash bytea NOT NULL,
  accepted_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, operator_id, event_id)
);
COMMENT ON COLUMN events.observed_at IS 'clamped to the years 1 to 9999; observed_at_text is what was received';
CREATE INDEX events_by_time ON events (tenant_id, accepted_at);

CREATE TABLE findings (
  tenant_id text COLLATE "C" NOT NULL,
  operator_id text COLLATE "C" NOT NULL,
  finding_id text COLLATE "C" NOT NULL,
  event_id text NOT NULL,
  campaign_id text NOT NULL,
  asset_ref text,
  target_urn text,
  severity text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'triaged', 'closed', 'suppressed')),
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  execution_fingerprint text NOT NULL,
  attestation_measurement_hash text NOT NULL,
  reason text,
  changed_by text,
  changed_at timestamptz,
  PRIMARY KEY (tenant_id, operator_id, finding_id)
);
-- Without target_urn: attributes are free, and a key of more than 2.7 kB is an error for a btree.
CREATE INDEX findings_open ON findings (tenant_id, severity, last_seen) WHERE status = 'open';

CREATE TABLE refused_bodies (
  tenant_id text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  code text NOT NULL,
  received_at timestamptz NOT NULL,
  body bytea NOT NULL CHECK (octet_length(body) <= 65536),
  body_bytes int NOT NULL,
  truncated boolean NOT NULL,
  PRIMARY KEY (tenant_id, request_id)
);
COMMENT ON COLUMN refused_bodies.tenant_id IS 'empty: no tenant was established';

-- Only the bound is the commit's to enforce, so only the bound is what serve may call; it cannot delete.
CREATE FUNCTION cap_refused_bodies(of_tenant text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
  DELETE FROM refused_bodies WHERE tenant_id = of_tenant AND request_id IN (
    SELECT old.request_id FROM refused_bodies AS old
     WHERE old.tenant_id = of_tenant
       -- request ids are UUIDv7: their order is that of time
       AND old.request_id < (SELECT kept.request_id FROM refused_bodies AS kept
                              WHERE kept.tenant_id = of_tenant
                              ORDER BY kept.request_id DESC OFFSET 999 LIMIT 1)
       FOR UPDATE SKIP LOCKED)
$$;
REVOKE ALL ON FUNCTION cap_refused_bodies(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cap_refused_bodies(text) TO vectorvue_serve;

GRANT SELECT, INSERT, UPDATE, DELETE ON nonces, nonce_counters, nonce_sweeps, operator_buckets
  TO vectorvue_serve;
GRANT SELECT, INSERT ON evidence, events, findings, refused_bodies TO vectorvue_serve;
GRANT UPDATE (status, reason, changed_by, changed_at) ON findings TO vectorvue_serve;
GRANT SELECT ON evidence, events, findings, refused_bodies TO vectorvue_read, vectorvue_retain;
GRANT DELETE ON evidence, refused_bodies TO vectorvue_retain;
${tenantPolicies(['evidence', 'events', 'findings', 'refused_bodies'])}
`,
};
