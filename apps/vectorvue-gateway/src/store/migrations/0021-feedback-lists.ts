import type { Migration } from './migration.ts';

/**
 * How adjustments are found by target, and those that were withdrawn. By the target itself and not by a hash of it: a
 * function that is not leakproof cannot be asked of an index by somebody whom row-level security confines. A target that is
 * more than a btree key holds (2704 bytes) is found without an index.
 */
export const feedbackLists: Migration = {
  id: 21,
  name: 'feedback-lists',
  plan: 'Replaces an index of adjustments by two others. Writes to adjustments wait while they are built.',
  as: 'migrate',
  sql: `
DROP INDEX adjustments_by_target;
CREATE INDEX adjustments_by_target ON adjustments (tenant_id, target_urn, issued_at) WHERE octet_length(target_urn) <= 2000;
CREATE INDEX adjustments_withdrawn ON adjustments (issued_at, tenant_id, adjustment_id) WHERE withdrawn_at IS NOT NULL;
`,
};
