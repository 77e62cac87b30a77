import type { Migration } from './migration.ts';
import { tenantPolicies } from './tenant-policies.ts';

/**
 * The audit log: an entry per decision, appended in the transaction of what it records, under one row lock that
 * makes the sequence contiguous (audit_head.size is the next sequence). Nobody but the owner can change or remove
 * an entry.
 */
export const audit: Migration = {
  id: 6,
  name: 'audit',
  plan: 'Creates the audit log and its head. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size bigint NOT NULL
) WITH (fillfactor = 20);
INSERT INTO audit_head (size) VALUES (0);

CREATE TABLE audit_log (
  sequence bigint PRIMARY KEY CHECK (sequence >= 0),
  request_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  class text NOT NULL CHECK (class IN ('decision', 'security', 'trust', 'administration', 'feedback')),
  action text NOT NULL,
  actor text NOT NULL,
  tenant_id text,
  code text NOT NULL,
  kid text,
  peer_sha256 text,
  entry text NOT NULL,
  disclosure text NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
);
COMMENT ON COLUMN audit_log.entry IS 'canonical JSON (compat form); leaf_hash is SHA-256 of a zero byte and it';
CREATE INDEX audit_log_by_request ON audit_log (request_id);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, sequence);

GRANT SELECT, UPDATE (size) ON audit_head TO vectorvue_serve;
GRANT SELECT ON audit_head TO vectorvue_read, vectorvue_retain;
GRANT SELECT, INSERT ON audit_log TO vectorvue_serve;
GRANT SELECT ON audit_log TO vectorvue_read, vectorvue_retain;
${tenantPolicies(['audit_log'])}
`,
};
