import type { Migration } from './migration.ts';

/**
 * The four roles and who owns the schema. Roles belong to the cluster, so they may exist already (another
 * database, a restore). None of them can log in: logins are made by the operator and granted one of them
 * (infra/postgres/README.md). The migrating login is made a member where it can be, so that a small installation
 * works with one login; a hardened one grants them to separate logins.
 */
export const roles: Migration = {
  id: 1,
  name: 'roles',
  plan: 'Creates the four roles, the schema and who owns it. Locks nothing: there are no tables yet.',
  as: 'login',
  sql: `
DO $do$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['vectorvue_migrate', 'vectorvue_serve', 'vectorvue_read', 'vectorvue_retain'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- made at the same moment for another database of this cluster
      END;
    END IF;
    BEGIN
      EXECUTE format('SET LOCAL ROLE %I', role_name);
      RESET ROLE;
    EXCEPTION WHEN insufficient_privilege THEN
      BEGIN
        EXECUTE format('GRANT %I TO %I', role_name, session_user);
      EXCEPTION WHEN insufficient_privilege THEN
        -- The owner's rights are needed to go on; the others may belong to other logins.
        IF role_name = 'vectorvue_migrate' THEN RAISE; END IF;
      END;
    END;
  END LOOP;
END
$do$;

ALTER SCHEMA federation OWNER TO vectorvue_migrate;
ALTER TABLE federation.schema_migrations OWNER TO vectorvue_migrate;
REVOKE ALL ON SCHEMA federation FROM PUBLIC;
GRANT USAGE ON SCHEMA federation TO vectorvue_serve, vectorvue_read, vectorvue_retain;
GRANT SELECT ON federation.schema_migrations TO vectorvue_serve, vectorvue_read, vectorvue_retain;
`,
};
