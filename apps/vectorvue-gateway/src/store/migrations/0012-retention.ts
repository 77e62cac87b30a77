import type { Migration } from './migration.ts';
import { tenantPolicies } from './tenant-policies.ts';

/**
 * Retention by tenant and class, by vectorvue_retain alone, so that the tree over the log stays verifiable.
 *
 * A pruned entry keeps its sequence, leaf hash, class, time, tenant and request; its text, disclosure and the columns
 * that only repeat the text are gone. `pruned_by` names the entry of the log that says so. Neither is left to the
 * good manners of a program: `erase_audit_v1` erases only what a rule covers and what a checkpoint was signed over, and
 * only in the transaction in which that entry was appended; and it never erases entries about retention itself.
 */
export const retention: Migration = {
  id: 12,
  name: 'retention',
  plan: 'Adds columns and policies of retention. Locks evidence, requests and the audit log for a moment; rewrites nothing.',
  as: 'migrate',
  sql: `
CREATE TABLE retention_rules (
  tenant_id text COLLATE "C" NOT NULL
    CHECK (tenant_id IN ('*', '') OR tenant_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  class text COLLATE "C" NOT NULL
    CHECK (class IN ('evidence', 'refused', 'decision', 'security', 'trust', 'administration', 'feedback')),
  erases text COLLATE "C" NOT NULL CHECK (erases IN ('body', 'disclosure', 'entry')),
  days int CHECK (days BETWEEN 1 AND 36500),
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, class, erases),
  CHECK ((erases = 'body') = (class IN ('evidence', 'refused')))
);
COMMENT ON COLUMN retention_rules.tenant_id IS '*: every tenant without a rule of its own; empty: what belongs to no tenant';
COMMENT ON COLUMN retention_rules.days IS 'null: kept for ever, whatever the rule of * says';

ALTER TABLE audit_log ADD COLUMN pruned_by uuid;
COMMENT ON COLUMN audit_log.pruned_by IS 'request of the retention.prune entry that took the text of this one';

CREATE FUNCTION retention_days(of_tenant text, of_class text, what text) RETURNS int
LANGUAGE sql STABLE
SET search_path = federation, pg_temp
AS $$
  SELECT days FROM retention_rules
   WHERE tenant_id IN (of_tenant, '*') AND class = of_class AND erases = what
   ORDER BY tenant_id = '*' LIMIT 1
$$;
REVOKE ALL ON FUNCTION retention_days(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_days(text, text, text) TO vectorvue_serve, vectorvue_retain;

-- Retention can say in the log what it did, and nothing else.
CREATE FUNCTION record_retention_v1(request uuid, action text, actor text, tenant text, code text, head text, middle text,
                                    disclosure text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
BEGIN
  IF action NOT IN ('retention.prune', 'retention.rule') OR NOT starts_with(head, '{"action":"' || action || '",') THEN
    RAISE EXCEPTION 'not an entry about retention' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN append_audit_v1(ARRAY[request], ARRAY[NULL]::timestamptz[], ARRAY['administration'], ARRAY[action], ARRAY[actor],
    ARRAY[tenant], ARRAY[code], ARRAY[NULL]::text[], ARRAY[NULL]::text[], ARRAY[head], ARRAY[middle], ARRAY[disclosure]);
END
$$;

CREATE FUNCTION erase_audit_v1(sequences bigint[], what text, pruning uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
DECLARE
  erased bigint;
BEGIN
  IF what NOT IN ('disclosure', 'entry') OR NOT EXISTS (
    SELECT FROM audit_log AS said
     WHERE said.request_id = pruning AND said.action = 'retention.prune' AND said.pruned_by IS NULL
       AND said.xmin = pg_current_xact_id()::xid) THEN
    RAISE EXCEPTION 'nothing is erased without an entry that says so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE audit_log AS old
     SET disclosure = '{}',
         entry = CASE what WHEN 'entry' THEN '' ELSE entry END,
         pruned_by = CASE what WHEN 'entry' THEN pruning END,
         action = CASE what WHEN 'entry' THEN '' ELSE action END,
         actor = CASE what WHEN 'entry' THEN '' ELSE actor END,
         code = CASE what WHEN 'entry' THEN '' ELSE code END,
         kid = CASE what WHEN 'entry' THEN NULL ELSE kid END,
         peer_sha256 = CASE what WHEN 'entry' THEN NULL ELSE peer_sha256 END
   WHERE sequence = ANY (sequences) AND old.pruned_by IS NULL AND NOT starts_with(old.action, 'retention.')
     AND sequence < (SELECT coalesce(max(size), 0) FROM log_checkpoints)
     AND recorded_at < clock_timestamp()
         - make_interval(days => retention_days(coalesce(old.tenant_id, ''), old.class, what));
  GET DIAGNOSTICS erased = ROW_COUNT;
  IF erased <> cardinality(sequences) THEN
    RAISE EXCEPTION 'no rule covers every one of these entries' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN erased;
END
$$;
REVOKE ALL ON FUNCTION record_retention_v1(uuid, text, text, text, text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION erase_audit_v1(bigint[], text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_retention_v1(uuid, text, text, text, text, text, text, text) TO vectorvue_retain;
GRANT EXECUTE ON FUNCTION erase_audit_v1(bigint[], text, uuid) TO vectorvue_retain;

GRANT SELECT ON retention_rules TO vectorvue_serve, vectorvue_read;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention_rules TO vectorvue_retain;
${tenantPolicies(['retention_rules'])}
`,
};
