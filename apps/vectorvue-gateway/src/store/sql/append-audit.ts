import type { Statement } from '../database.ts';

export const APPEND_AUDIT: Statement = {
  name: 'append_audit_v1',
  text: 'SELECT append_audit_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS first_sequence',
};
