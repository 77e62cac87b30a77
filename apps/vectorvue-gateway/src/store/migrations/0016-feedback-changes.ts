import type { Migration } from './migration.ts';

/**
 * What people do to feedback: an analyst's adjustment says who, why and by which graph or finding; what was shortened
 * or withdrawn says the same of that. Changes that need a second person wait as proposals, and that the second person is
 * another one is the database's business too. Indexes for reading graphs and adjustments by time, target and execution.
 */
export const feedbackChanges: Migration = {
  id: 16,
  name: 'feedback-changes',
  plan: 'Adds columns and indexes to graphs and adjustments, an index to the audit log, and the table of proposals. Writes to these wait while the indexes are built.',
  as: 'migrate',
  sql: `
ALTER TABLE adjustments
  ADD COLUMN issued_by text,
  ADD COLUMN reason text,
  ADD COLUMN basis text CHECK (basis IN ('graph', 'finding')),
  ADD COLUMN basis_id text COLLATE "C",
  ADD COLUMN promised_until bigint,
  ADD COLUMN changed_by text,
  ADD COLUMN change_reason text,
  ADD COLUMN changed_at timestamptz;
COMMENT ON COLUMN adjustments.issued_by IS 'who issued it; null: a rule did';
COMMENT ON COLUMN adjustments.basis IS 'what an analyst''s adjustment is about: its fingerprint and attestation are of this';
COMMENT ON COLUMN adjustments.basis_id IS 'request id of the graph, or <operator>/<finding_id>';
COMMENT ON COLUMN adjustments.promised_until IS 'Unix seconds: expires_at before it was shortened, which agents that have it go by; null: never shortened';
COMMENT ON COLUMN adjustments.changed_by IS 'who shortened or withdrew it by hand; null: nobody did';

CREATE INDEX adjustments_by_time ON adjustments (tenant_id, issued_at, adjustment_id);
CREATE INDEX adjustments_of_all_by_time ON adjustments (issued_at, tenant_id, adjustment_id);
CREATE INDEX adjustments_by_target ON adjustments (tenant_id, hashtextextended(target_urn, 0), issued_at);
CREATE INDEX adjustments_by_execution ON adjustments (tenant_id, execution_fingerprint);
CREATE INDEX graphs_by_time ON graphs (tenant_id, accepted_at, request_id);
CREATE INDEX graphs_of_all_by_time ON graphs (accepted_at, tenant_id, request_id);
CREATE INDEX graphs_by_execution ON graphs (tenant_id, execution_fingerprint);
-- Only queries for feedback have this class: telemetry does not pay for it.
CREATE INDEX audit_log_of_feedback ON audit_log (tenant_id, recorded_at) WHERE class = 'feedback';

CREATE TABLE adjustment_proposals (
  tenant_id text COLLATE "C" NOT NULL,
  proposal_id uuid NOT NULL,
  change text NOT NULL CHECK (change IN ('issue', 'shorten', 'withdraw')),
  adjustment_id bigint,
  draft text NOT NULL,
  action text COLLATE "C" NOT NULL,
  target_urn text COLLATE "C" NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'declined', 'retracted')),
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL,
  reason text NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_by text,
  decided_at timestamptz,
  decision_reason text,
  PRIMARY KEY (tenant_id, proposal_id),
  CHECK (change = 'issue' OR adjustment_id IS NOT NULL),
  CHECK ((state = 'pending') = (decided_by IS NULL)),
  -- The second person is another one, whatever a program thinks.
  CHECK (state = 'pending' OR (state = 'retracted') = (decided_by = proposed_by))
);
COMMENT ON COLUMN adjustment_proposals.adjustment_id IS 'what is to be shortened or withdrawn; of an issue, what it became when it was approved';
COMMENT ON COLUMN adjustment_proposals.draft IS 'canonical JSON: what is to be issued, or until when it is to be shortened';
COMMENT ON COLUMN adjustment_proposals.expires_at IS 'a proposal nobody has decided on by then can only be made anew';
CREATE INDEX adjustment_proposals_by_time ON adjustment_proposals (tenant_id, proposed_at, proposal_id);
CREATE INDEX adjustment_proposals_of_all_by_time ON adjustment_proposals (proposed_at, tenant_id, proposal_id);

GRANT UPDATE (promised_until, changed_by, change_reason, changed_at) ON adjustments TO vectorvue_serve;
GRANT SELECT, INSERT ON adjustment_proposals TO vectorvue_serve;
GRANT UPDATE (state, adjustment_id, decided_by, decided_at, decision_reason) ON adjustment_proposals TO vectorvue_serve;
GRANT SELECT ON adjustment_proposals TO vectorvue_read, vectorvue_retain;

ALTER TABLE adjustment_proposals ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON adjustment_proposals TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY retain_all ON adjustment_proposals TO vectorvue_retain USING (true);
CREATE POLICY read_tenant ON adjustment_proposals FOR SELECT TO vectorvue_read
  USING ((SELECT reader_sees_all()) OR tenant_id = ANY ((SELECT reader_tenants())::text[]));
`,
};
