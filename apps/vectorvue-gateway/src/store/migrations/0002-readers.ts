import type { Migration } from './migration.ts';

/**
 * Who may read which tenant, by login (session_user, which SET ROLE does not change). The row-level policies of
 * every later migration ask this table. The setting vectorvue.tenant only ever narrows what it grants.
 * The login that migrates owns the data anyway, and is entered for all tenants.
 */
export const readers: Migration = {
  id: 2,
  name: 'readers',
  plan: 'Creates the table of readers and the function that row-level policies ask. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE tenant_readers (
  role_name name NOT NULL,
  tenant_id text NOT NULL CHECK (tenant_id = '*' OR tenant_id ~ '^[0-9a-f-]{36}$'),
  PRIMARY KEY (role_name, tenant_id)
);
INSERT INTO tenant_readers (role_name, tenant_id) VALUES (session_user, '*');

ALTER TABLE tenant_readers ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON tenant_readers FOR SELECT TO vectorvue_serve USING (true);
CREATE POLICY read_own ON tenant_readers FOR SELECT TO vectorvue_read USING (role_name = session_user);
GRANT SELECT ON tenant_readers TO vectorvue_serve, vectorvue_read;

CREATE FUNCTION reader_sees(row_tenant text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = federation, pg_temp
AS $$
  SELECT coalesce(nullif(current_setting('vectorvue.tenant', true), '') = row_tenant,
                  coalesce(current_setting('vectorvue.tenant', true), '') = '')
     AND EXISTS (SELECT FROM tenant_readers AS reader
                  WHERE reader.role_name = session_user AND reader.tenant_id IN ('*', row_tenant))
$$;
REVOKE ALL ON FUNCTION reader_sees(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reader_sees(text) TO vectorvue_read;
`,
};
