import type { Statement } from '../database.ts';

/** Ends the backend if it is still there, and says whether it was. By start as well: pids are used again. */
export const END_BACKEND: Statement = {
  name: 'end_backend',
  text: `SELECT pg_terminate_backend(pid) AS asked FROM pg_stat_activity
          WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2`,
};

/** Every request that wrote anything has an audit entry; those of one request are in the order of its items. */
export const READ_BACK: Statement = {
  name: 'read_back',
  text: `SELECT request_id, sequence, code, leaf_hash FROM federation.audit_log
          WHERE request_id = ANY ($1::uuid[]) ORDER BY sequence`,
};
