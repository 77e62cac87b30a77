import type { Migration } from './migration.ts';

/**
 * What lists of events and findings need among millions of rows. Chosen by what they cost a commit, measured on
 * batches of 500 events: `events_by_acceptance` under 1 us an event (it grows at its end), `events_by_value` nothing that
 * could be measured, because a BRIN index is written when a stretch of the table is full (3 MB for 1,000,000 events). A B-tree
 * for each filter would be 2 to 3 us an event and 60 to 100 MB each.
 *
 * Bloom filters say of 32 blocks that a value is not in them. The numbers of distinct values are those of 32 blocks of
 * some 16 events: hashes may all differ.
 */
export const eventLists: Migration = {
  id: 20,
  name: 'event-lists',
  plan: 'Creates indexes of events and findings. Commits wait while they are built: some 3 seconds a million events.',
  oldestProgram: 14,
  as: 'migrate',
  sql: `
CREATE INDEX events_by_acceptance ON events (accepted_at, tenant_id);
CREATE INDEX events_by_value ON events USING brin (
  accepted_at,
  campaign_id text_bloom_ops (n_distinct_per_range = 64),
  operator_id text_bloom_ops (n_distinct_per_range = 64),
  execution_hash text_bloom_ops (n_distinct_per_range = 600),
  attestation_measurement_hash text_bloom_ops (n_distinct_per_range = 600)
) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX findings_by_tenant ON findings (tenant_id, last_seen);
CREATE INDEX findings_by_time ON findings (last_seen, tenant_id);
CREATE INDEX findings_by_fingerprint ON findings (execution_fingerprint, last_seen);
CREATE INDEX findings_by_attestation ON findings (attestation_measurement_hash, last_seen);
-- Changes of findings are few; nothing else of the log is in it.
CREATE INDEX audit_of_findings ON audit_log (tenant_id, sequence)
  WHERE action IN ('finding.close', 'finding.suppress', 'finding.reopen');
`,
};
