import type { Migration } from './migration.ts';

const TRUST_TABLES = ['tenants', 'service_identities', 'identity_pins', 'operator_tenants', 'keys'];

/**
 * Whom the gateway believes, and the version of that belief. Every statement that changes a row of these tables
 * first takes the trust lock exclusively (so it waits for the commits that are judged by the old trust, and later
 * ones see the new), then raises the version and announces it. Advisory lock 7310100: trust.
 */
export const trust: Migration = {
  id: 3,
  name: 'trust',
  plan: 'Creates the tables of trust with their policies and triggers. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE trust_state (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version bigint NOT NULL
);
INSERT INTO trust_state (version) VALUES (1);

CREATE TABLE tenants (
  tenant_id text PRIMARY KEY CHECK (tenant_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'),
  name text,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE service_identities (
  identity text PRIMARY KEY,
  operators text[],
  tenants text[],
  source text NOT NULL CHECK (source IN ('environment', 'cli')),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN service_identities.operators IS 'null: all';
COMMENT ON COLUMN service_identities.tenants IS 'null: all';

CREATE TABLE identity_pins (
  identity text NOT NULL REFERENCES service_identities ON DELETE CASCADE,
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  not_before timestamptz,
  not_after timestamptz,
  source text NOT NULL CHECK (source IN ('environment', 'cli')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (identity, sha256)
);

CREATE TABLE operator_tenants (
  operator_id text PRIMARY KEY,
  tenant_id text NOT NULL REFERENCES tenants,
  source text NOT NULL CHECK (source IN ('environment', 'cli')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE keys (
  owner text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('telemetry', 'feedback', 'evidence', 'audit', 'witness')),
  kid text NOT NULL CHECK (kid ~ '^[A-Za-z0-9._-]{1,64}$'),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  domain text[],
  state text NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'revoked')),
  not_before timestamptz,
  not_after timestamptz,
  source text NOT NULL CHECK (source IN ('environment', 'cli')),
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, purpose, kid)
);
COMMENT ON COLUMN keys.domain IS 'tenants; null: all';
CREATE INDEX keys_by_public_key ON keys (public_key);

CREATE FUNCTION one_key_one_purpose() RETURNS trigger
LANGUAGE plpgsql
SET search_path = federation, pg_temp
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM keys AS other
     WHERE other.public_key = NEW.public_key AND other.purpose <> NEW.purpose
       AND NOT (other.purpose IN ('telemetry', 'evidence') AND NEW.purpose IN ('telemetry', 'evidence'))
  ) THEN
    RAISE EXCEPTION 'this public key already serves another purpose (PROTOCOL.md section 15)'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_key_one_purpose';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER one_key_one_purpose BEFORE INSERT OR UPDATE OF public_key, purpose ON keys
  FOR EACH ROW EXECUTE FUNCTION one_key_one_purpose();

CREATE FUNCTION lock_trust() RETURNS trigger
LANGUAGE plpgsql
SET search_path = federation, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7310100);
  RETURN NULL;
END
$$;

-- With its owner's rights, so that nobody needs, or has, the right to set the version.
CREATE FUNCTION raise_trust_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
DECLARE
  raised bigint;
BEGIN
  IF EXISTS (SELECT FROM changed) THEN
    UPDATE trust_state SET version = version + 1 RETURNING version INTO raised;
    PERFORM pg_notify('trust_changed', raised::text);
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION one_key_one_purpose(), lock_trust(), raise_trust_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION one_key_one_purpose(), lock_trust(), raise_trust_version() TO vectorvue_serve;

${TRUST_TABLES.map(triggers).join('\n')}

GRANT SELECT ON trust_state TO vectorvue_serve, vectorvue_read;
GRANT SELECT, INSERT, UPDATE, DELETE ON ${TRUST_TABLES.join(', ')} TO vectorvue_serve;
GRANT SELECT ON ${TRUST_TABLES.join(', ')} TO vectorvue_read;

${TRUST_TABLES.map(policies).join('\n')}
`,
};

function triggers(table: string): string {
  return `
CREATE TRIGGER lock_trust BEFORE INSERT OR UPDATE OR DELETE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION lock_trust();
CREATE TRIGGER raise_on_insert AFTER INSERT ON ${table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_trust_version();
CREATE TRIGGER raise_on_update AFTER UPDATE ON ${table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_trust_version();
CREATE TRIGGER raise_on_delete AFTER DELETE ON ${table}
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_trust_version();`;
}

/** A reader of one tenant sees that tenant's rows; what belongs to no tenant is seen by readers of all. */
function policies(table: string): string {
  const tenant = table === 'tenants' || table === 'operator_tenants' ? 'tenant_id' : 'NULL';
  return `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON ${table} TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY read_tenant ON ${table} FOR SELECT TO vectorvue_read USING (reader_sees(${tenant}));`;
}
