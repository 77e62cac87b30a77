import type { Migration } from './migration.ts';

/**
 * How an entry is put together from its fragments and the parts known only here (src/audit/entry.ts does the same
 * and a test holds them together), and appending for everything that is not a commit of requests.
 */
export const appendAudit: Migration = {
  id: 7,
  name: 'append-audit',
  plan: 'Creates the functions that append to the audit log. New objects only.',
  as: 'migrate',
  sql: `
CREATE FUNCTION audit_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

CREATE FUNCTION audit_entry(head text, class text, code text, middle text, recorded_at text, request_id uuid,
                            sequence bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN head || class || '","code":"' || code || middle || recorded_at || '","request_id":"' || request_id::text
    || '","sequence":' || sequence::text || ',"v":1}';

CREATE FUNCTION append_audit_v1(
  request_ids uuid[], recorded timestamptz[], classes text[], actions text[], actors text[], tenants text[],
  codes text[], kids text[], peers text[], heads text[], middles text[], disclosures text[]
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = federation, pg_temp
AS $$
DECLARE
  base bigint;
  clock timestamptz;
BEGIN
  SELECT head.size INTO STRICT base FROM audit_head AS head FOR UPDATE;
  clock := date_trunc('milliseconds', clock_timestamp());
  INSERT INTO audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256,
                         entry, disclosure, leaf_hash)
  SELECT d.sequence, d.request_id, d.recorded_at, d.class, d.action, d.actor, d.tenant_id, d.code, d.kid, d.peer,
         d.entry, d.disclosure, sha256('\\x00'::bytea || convert_to(d.entry, 'UTF8'))
    FROM (
      SELECT a.*, base + a.n - 1 AS sequence, moment.recorded_at,
             audit_entry(a.head, a.class, a.code, a.middle, audit_time(moment.recorded_at), a.request_id,
                         base + a.n - 1) AS entry
        FROM unnest(request_ids, recorded, classes, actions, actors, tenants, codes, kids, peers, heads, middles,
                    disclosures) WITH ORDINALITY
          AS a(request_id, given, class, action, actor, tenant_id, code, kid, peer, head, middle, disclosure, n),
             LATERAL (SELECT coalesce(date_trunc('milliseconds', a.given), clock) AS recorded_at) AS moment
    ) AS d
   ORDER BY d.sequence;
  UPDATE audit_head SET size = base + cardinality(request_ids);
  RETURN base;
END
$$;
REVOKE ALL ON FUNCTION append_audit_v1(uuid[], timestamptz[], text[], text[], text[], text[], text[], text[], text[],
                                       text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_audit_v1(uuid[], timestamptz[], text[], text[], text[], text[], text[], text[],
                                          text[], text[], text[], text[]) TO vectorvue_serve;
`,
};
