import type { Migration } from './migration.ts';

/** Tables that begin with tenant_id, and whose rows readers see by it. */
const OF_TENANTS = [
  'adjustments',
  'audit_log',
  'events',
  'evidence',
  'findings',
  'graphs',
  'key_confirmations',
  'key_exchanges',
  'key_rotations',
  'key_schedules',
  'operator_tenants',
  'refused_bodies',
  'retention_rules',
  'tenants',
];

/**
 * The console: who may sign in, sessions, one-time links, and logins at an identity provider that are under way. Nothing in
 * these tables lets anybody in: of a session and of a link there is a hash of a random token.
 *
 * A session has several tenants, and one connection serves all sessions: `vectorvue.tenants` narrows to a list what
 * `vectorvue.tenant` narrows to one (an array as text; empty: no narrowing; `{}`: nothing). The policies ask once a
 * statement instead of once a row, because a console counts over many rows.
 */
export const console: Migration = {
  id: 15,
  name: 'console',
  plan: 'Creates the tables of the console; changes how row-level policies ask for readers. Locks each table for a moment; rewrites nothing.',
  as: 'migrate',
  sql: `
CREATE FUNCTION reader_sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = federation, pg_temp
AS $$
  SELECT coalesce(current_setting('vectorvue.tenant', true), '') = ''
     AND coalesce(current_setting('vectorvue.tenants', true), '') = ''
     AND EXISTS (SELECT FROM tenant_readers WHERE role_name = session_user AND tenant_id = '*')
$$;
COMMENT ON FUNCTION reader_sees_all() IS 'whether this login was granted all tenants, and is not narrowed to some';

CREATE FUNCTION reader_tenants() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = federation, pg_temp
AS $$
  WITH granted AS (SELECT tenant_id FROM tenant_readers WHERE role_name = session_user),
       narrowed AS (SELECT nullif(current_setting('vectorvue.tenant', true), '') AS one,
                           nullif(current_setting('vectorvue.tenants', true), '')::text[] AS several)
  SELECT ARRAY(
    SELECT candidate.tenant
      FROM (SELECT tenant_id FROM granted WHERE tenant_id <> '*'
            UNION SELECT one FROM narrowed WHERE one IS NOT NULL
            UNION SELECT unnest(several) FROM narrowed) AS candidate (tenant), narrowed
     WHERE (narrowed.one IS NULL OR candidate.tenant = narrowed.one)
       AND (narrowed.several IS NULL OR candidate.tenant = ANY (narrowed.several))
       AND EXISTS (SELECT FROM granted WHERE tenant_id IN ('*', candidate.tenant)))
$$;
COMMENT ON FUNCTION reader_tenants() IS 'the tenants that this login was granted by name, or is narrowed to; what * grants is reader_sees_all';

CREATE OR REPLACE FUNCTION reader_sees(row_tenant text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = federation, pg_temp
AS $$
  SELECT reader_sees_all() OR coalesce(row_tenant = ANY (reader_tenants()), false)
$$;
REVOKE ALL ON FUNCTION reader_sees_all(), reader_tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reader_sees_all(), reader_tenants() TO vectorvue_read;

${OF_TENANTS.map(
  (table) => `ALTER POLICY read_tenant ON ${table}
  USING ((SELECT reader_sees_all()) OR tenant_id = ANY ((SELECT reader_tenants())::text[]));`,
).join('\n')}

CREATE TABLE console_users (
  name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
  role text NOT NULL CHECK (role IN ('viewer', 'analyst', 'operator', 'officer')),
  tenants text[],
  certificate_sha256 text UNIQUE CHECK (certificate_sha256 ~ '^[0-9a-f]{64}$'),
  issuer text,
  subject text,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  UNIQUE (issuer, subject),
  CHECK ((issuer IS NULL) = (subject IS NULL)),
  CHECK (certificate_sha256 IS NOT NULL OR issuer IS NOT NULL),
  CHECK ((tenants IS NULL) = (role IN ('operator', 'officer')))
);
COMMENT ON COLUMN console_users.tenants IS 'null: all';

CREATE TABLE console_links (
  token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'analyst', 'operator', 'officer')),
  tenants text[],
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CHECK ((tenants IS NULL) = (role IN ('operator', 'officer')))
);

CREATE TABLE console_logins (
  state_sha256 bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
  browser_sha256 bytea NOT NULL CHECK (octet_length(browser_sha256) = 32),
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE console_logins IS 'at an identity provider and not back yet; removed when they come back, and when they are over';

CREATE TABLE console_sessions (
  session_id uuid PRIMARY KEY,
  token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'analyst', 'operator', 'officer')),
  tenants text[],
  method text NOT NULL CHECK (method IN ('link', 'certificate', 'oidc')),
  certificate_sha256 text CHECK (certificate_sha256 ~ '^[0-9a-f]{64}$'),
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  idle_seconds integer NOT NULL CHECK (idle_seconds > 0),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by text,
  CHECK ((tenants IS NULL) = (role IN ('operator', 'officer')))
);
COMMENT ON COLUMN console_sessions.certificate_sha256 IS 'of a session that a client certificate opened: it goes with this one only';
CREATE INDEX console_sessions_living ON console_sessions (name) WHERE ended_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON console_users, console_logins TO vectorvue_serve;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON console_links TO vectorvue_serve;
GRANT SELECT, INSERT, UPDATE (seen_at, ended_at, ended_by), DELETE ON console_sessions TO vectorvue_serve;
`,
};
