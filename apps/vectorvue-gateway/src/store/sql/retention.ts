import type { Statement } from '../database.ts';

/** Advisory lock of this database: one pruning at a time. Nothing else takes it. */
const RETENTION_LOCK = 7_310_400;

export const TAKE_RETENTION_LOCK: Statement = {
  name: 'retention_lock',
  text: `SELECT pg_advisory_xact_lock(${RETENTION_LOCK})`,
};

export const LIST_RULES: Statement = {
  name: 'retention_rules',
  text: 'SELECT tenant_id, class, erases, days, changed_by, changed_at FROM retention_rules ORDER BY tenant_id, class, erases',
};

export const PUT_RULE: Statement = {
  name: 'retention_put_rule',
  text: `INSERT INTO retention_rules (tenant_id, class, erases, days, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp())
         ON CONFLICT (tenant_id, class, erases)
           DO UPDATE SET days = excluded.days, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
};

export const REMOVE_RULE: Statement = {
  name: 'retention_remove_rule',
  text: 'DELETE FROM retention_rules WHERE tenant_id = $1 AND class = $2 AND erases = $3 RETURNING days',
};

/** Midnight, UTC, by the clock of the database: rules count whole days, so a plan stays what it is for a day. */
export const TODAY: Statement = {
  name: 'retention_today',
  text: `SELECT date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS today`,
};

/** Each tenant once, by skipping through the index: cheap, however many rows each has. */
const tenantsIn = (table: string): Statement => ({
  name: `retention_tenants_${table}`,
  text: `WITH RECURSIVE seen AS (
           SELECT min(tenant_id) AS tenant_id FROM ${table}
           UNION ALL
           SELECT (SELECT min(tenant_id) FROM ${table} WHERE tenant_id > seen.tenant_id) FROM seen
            WHERE seen.tenant_id IS NOT NULL)
         SELECT tenant_id FROM seen WHERE tenant_id IS NOT NULL`,
});

export const TENANTS_IN = {
  evidence: tenantsIn('evidence'),
  refused_bodies: tenantsIn('refused_bodies'),
  audit_log: tenantsIn('audit_log'),
} as const;

const OLD_BODIES = 'tenant_id = $1 AND received_at < $2';

const bodies = (table: 'evidence' | 'refused_bodies') => ({
  count: {
    name: `retention_count_${table}`,
    text: `SELECT count(*) AS count FROM ${table} WHERE ${OLD_BODIES}`,
  },
  remove: {
    name: `retention_remove_${table}`,
    text: `DELETE FROM ${table} WHERE tenant_id = $1 AND request_id IN
             (SELECT request_id FROM ${table} WHERE ${OLD_BODIES} ORDER BY request_id LIMIT $3) RETURNING request_id`,
  },
});

export const EVIDENCE = bodies('evidence');
export const REFUSED = bodies('refused_bodies');

/**
 * Entries that function erase_audit_v1 would erase (migration 12): of tenant $1 or of none, class $2, recorded before $3,
 * signed over, and not about retention itself. $4: `disclosure` or `entry`.
 */
const entries = (name: string, tenant: string) => {
  const where = `${tenant} AND class = $2 AND recorded_at < $3 AND pruned_by IS NULL AND NOT starts_with(action, 'retention.')
    AND ($4::text = 'entry' OR disclosure <> '{}') AND sequence < (SELECT coalesce(max(size), 0) FROM log_checkpoints)`;
  return {
    count: {
      name: `retention_count_${name}`,
      text: `SELECT count(*) AS count FROM audit_log WHERE ${where}`,
    },
    next: {
      name: `retention_next_${name}`,
      text: `SELECT sequence FROM audit_log WHERE ${where} AND sequence >= $5 ORDER BY sequence LIMIT $6`,
    },
  };
};

export const ENTRIES_OF_TENANT = entries('entries_of_tenant', 'tenant_id = $1');
export const ENTRIES_OF_NONE = entries('entries_of_none', `tenant_id IS NULL AND $1::text = ''`);

export const RECORD_RETENTION: Statement = {
  name: 'record_retention_v1',
  text: 'SELECT record_retention_v1($1, $2, $3, $4, $5, $6, $7, $8) AS sequence',
};

export const ERASE_AUDIT: Statement = {
  name: 'erase_audit_v1',
  text: 'SELECT erase_audit_v1($1, $2, $3) AS erased',
};
