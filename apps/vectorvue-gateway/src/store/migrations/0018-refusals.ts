import type { Migration } from './migration.ts';

/**
 * What the console needs to find refusals, security events and an agent's last request among millions of entries.
 * The indexes of the log are partial: what is accepted, which is nearly everything, is in none of them, so that
 * taking it in costs what it did. Entries whose text was removed by retention have no code any more and leave them.
 */
export const refusals: Migration = {
  id: 18,
  name: 'refusals',
  plan: 'Creates indexes of refusals in the audit log and of evidence by identity. Commits wait while they are built: seconds a million rows.',
  oldestProgram: 14,
  as: 'migrate',
  sql: `
CREATE INDEX refusals_by_time ON audit_log (recorded_at, sequence)
  WHERE class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate');
CREATE INDEX refusals_by_code ON audit_log (code, recorded_at, sequence)
  WHERE class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate');
CREATE INDEX refusals_by_tenant ON audit_log (tenant_id, recorded_at, sequence)
  WHERE class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate');
CREATE INDEX refusals_by_actor ON audit_log (actor, recorded_at, sequence)
  WHERE class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate');
CREATE INDEX security_by_time ON audit_log (recorded_at, sequence) WHERE class = 'security' AND code <> '';
CREATE INDEX security_by_tenant ON audit_log (tenant_id, recorded_at, sequence) WHERE class = 'security' AND code <> '';

-- The newest request of each identity and tenant: last contact, and how far its clock is off.
CREATE INDEX evidence_by_identity ON evidence (identity, tenant_id, received_at);
`,
};
