import type { Statement } from '../database.ts';

const page = (name: string, scope: string): Statement => ({
  name,
  text: `SELECT sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256, entry,
                disclosure, leaf_hash, pruned_by
           FROM audit_log
          WHERE ${scope} AND sequence >= $2 AND sequence < $3
            AND ($4::timestamptz IS NULL OR recorded_at >= $4) AND ($5::timestamptz IS NULL OR recorded_at < $5)
          ORDER BY sequence LIMIT $6`,
});

/** Entries of tenant $1 from sequence $2 on, below $3, recorded from time $4 on and before $5; at most $6 of them. */
export const EXPORT_OF_TENANT = page('audit_export_of_tenant', 'tenant_id = $1');

/** Likewise of every tenant and of none; $1 is null. */
export const EXPORT_OF_ALL = page('audit_export_of_all', '$1::text IS NULL');

export const AUDIT_SIZE: Statement = { name: 'audit_size', text: 'SELECT size FROM audit_head' };
