/**
 * Row-level security of tables that begin with tenant_id. Part of released migrations: its text must not change
 * for tables that have it, or their checksum does.
 */
export function tenantPolicies(tables: readonly string[]): string {
  return tables
    .map(
      (table) => `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON ${table} TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY retain_all ON ${table} TO vectorvue_retain USING (true);
CREATE POLICY read_tenant ON ${table} FOR SELECT TO vectorvue_read USING (reader_sees(tenant_id));`,
    )
    .join('\n');
}
