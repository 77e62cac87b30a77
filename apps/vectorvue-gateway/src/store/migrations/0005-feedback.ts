import type { Migration } from './migration.ts';
import { tenantPolicies } from './tenant-policies.ts';

/** Execution graphs and the adjustments that graphs, findings and analysts cause (PROTOCOL.md section 8). */
export const feedback: Migration = {
  id: 5,
  name: 'feedback',
  plan: 'Creates the tables of graphs and adjustments. New objects only.',
  as: 'migrate',
  sql: `
CREATE TABLE graphs (
  tenant_id text COLLATE "C" NOT NULL,
  request_id uuid NOT NULL,
  operator_id text NOT NULL,
  execution_fingerprint text NOT NULL,
  attestation_measurement_hash text NOT NULL,
  target_urn text NOT NULL,
  node_count int NOT NULL,
  accepted_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, request_id)
);

CREATE TABLE adjustments (
  tenant_id text COLLATE "C" NOT NULL,
  adjustment_id bigint GENERATED ALWAYS AS IDENTITY,
  target_urn text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  confidence double precision NOT NULL,
  rationale text NOT NULL,
  control text NOT NULL,
  ttl_seconds int NOT NULL,
  issued_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  execution_fingerprint text NOT NULL,
  attestation_measurement_hash text NOT NULL,
  cause text NOT NULL CHECK (cause IN ('graph', 'finding', 'analyst')),
  cause_id text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (tenant_id, adjustment_id)
);
-- One per cause, rule, target and action. By 128 bits of hash: 512 characters can be more than a btree key holds.
CREATE UNIQUE INDEX adjustments_by_cause ON adjustments
  (tenant_id, cause, cause_id, rule_id, action, hashtextextended(target_urn, 0), hashtextextended(target_urn, 1));
COMMENT ON COLUMN adjustments.issued_at IS 'Unix seconds, gateway clock: the adjustment''s timestamp';
COMMENT ON COLUMN adjustments.expires_at IS 'Unix seconds: issued_at + ttl_seconds';
CREATE INDEX adjustments_by_expiry ON adjustments (tenant_id, expires_at);

GRANT SELECT, INSERT ON graphs, adjustments TO vectorvue_serve;
GRANT UPDATE (confidence, rationale, control, ttl_seconds, issued_at, expires_at, execution_fingerprint,
              attestation_measurement_hash, withdrawn_at) ON adjustments TO vectorvue_serve;
GRANT SELECT ON graphs, adjustments TO vectorvue_read, vectorvue_retain;
${tenantPolicies(['graphs', 'adjustments'])}
`,
};
