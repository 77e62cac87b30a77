import type { Migration } from './migration.ts';

/**
 * What the console's ATT&CK matrix and its search of the audit log need.
 *
 * The matrix is of counts that are kept, because a million events cannot be counted while somebody waits. Nothing of them is
 * in the commit: src/attack counts what the log has grown by, after the commits, each event once (`next_sequence`). What is
 * there already is counted here, in one statement, so that counts and log are of one moment.
 *
 * The indexes of the log are partial: nothing that is accepted is in them, so that taking it in costs what it did.
 */
export const attackAndSearch: Migration = {
  id: 19,
  name: 'attack-and-search',
  plan: 'Creates the counts of techniques and fills them from the events, which it reads once: up to a minute a million on a busy machine. Creates two indexes of the audit log without what is accepted; commits wait while they are built.',
  oldestProgram: 14,
  as: 'migrate',
  sql: `
CREATE TABLE technique_counts (
  tenant_id text COLLATE "C" NOT NULL,
  span text COLLATE "C" NOT NULL CHECK (span IN ('day', 'hour')),
  start timestamptz NOT NULL,
  technique text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  findings bigint NOT NULL,
  high bigint NOT NULL,
  critical bigint NOT NULL,
  PRIMARY KEY (tenant_id, span, start, technique)
) WITH (fillfactor = 50);
COMMENT ON TABLE technique_counts IS 'events by the UTC hour and day in which they were accepted; an event counts once for each technique it names';
COMMENT ON COLUMN technique_counts.findings IS 'events that made a finding (PROTOCOL.md section 12), whatever has become of it';

CREATE TABLE technique_progress (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  next_sequence bigint NOT NULL CHECK (next_sequence >= 0)
);
COMMENT ON COLUMN technique_progress.next_sequence IS 'entries of the audit log below it are counted';

WITH head AS (
  INSERT INTO technique_progress (next_sequence) SELECT size FROM audit_head
), hours AS (
  SELECT event.tenant_id, date_trunc('hour', event.accepted_at, 'UTC') AS start, named.technique, count(*) AS events,
         count(*) FILTER (WHERE event.severity IN ('high', 'critical') OR upper(event.event_type) LIKE '%FAIL%') AS findings,
         count(*) FILTER (WHERE event.severity = 'high') AS high,
         count(*) FILTER (WHERE event.severity = 'critical') AS critical
    FROM events AS event
   CROSS JOIN LATERAL (SELECT DISTINCT unnest(event.techniques) AS technique) AS named
   GROUP BY 1, 2, 3
), days AS (
  SELECT tenant_id, date_trunc('day', start, 'UTC') AS start, technique, sum(events)::bigint AS events,
         sum(findings)::bigint AS findings, sum(high)::bigint AS high, sum(critical)::bigint AS critical
    FROM hours GROUP BY 1, 2, 3
)
INSERT INTO technique_counts (tenant_id, span, start, technique, events, findings, high, critical)
SELECT tenant_id, 'hour', start, technique, events, findings, high, critical FROM hours
UNION ALL
SELECT tenant_id, 'day', start, technique, events, findings, high, critical FROM days;

ALTER TABLE technique_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON technique_counts TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY retain_all ON technique_counts TO vectorvue_retain USING (true);
CREATE POLICY read_tenant ON technique_counts FOR SELECT TO vectorvue_read
  USING ((SELECT reader_sees_all()) OR tenant_id = ANY ((SELECT reader_tenants())::text[]));
GRANT SELECT, INSERT, UPDATE ON technique_counts TO vectorvue_serve;
GRANT SELECT, UPDATE ON technique_progress TO vectorvue_serve;
GRANT SELECT ON technique_counts, technique_progress TO vectorvue_read, vectorvue_retain;

CREATE INDEX audit_log_by_code ON audit_log (code, sequence) WHERE code NOT IN ('', 'accepted', 'duplicate');
CREATE INDEX audit_log_by_class ON audit_log (class, sequence) WHERE class <> 'decision';
`,
};
