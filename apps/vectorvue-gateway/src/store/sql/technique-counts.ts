import type { Statement } from '../database.ts';

/** No row: another process counts. */
export const TAKE_PROGRESS: Statement = {
  name: 'attack-take-progress-v1',
  text: `SELECT progress.next_sequence, head.size FROM technique_progress AS progress, audit_head AS head
  FOR UPDATE OF progress SKIP LOCKED`,
};

/** What entries $1 up to $2, without it, say was accepted. Bounded at both ends, whatever the plan. */
export const ACCEPTED_BETWEEN: Statement = {
  name: 'attack-accepted-between-v1',
  text: `SELECT tenant_id, disclosure FROM audit_log
 WHERE sequence >= $1 AND sequence < $2 AND code = 'accepted' AND action IN ('telemetry', 'telemetry.batch')
   AND tenant_id IS NOT NULL`,
};

/** Adds the events of these tenants, operators and ids. Each is looked up by its key; rows are locked in order of theirs. */
export const COUNT_TECHNIQUES: Statement = {
  name: 'attack-count-techniques-v1',
  text: `INSERT INTO technique_counts AS counts (tenant_id, span, start, technique, events, findings, high, critical)
SELECT event.tenant_id, spans.span, date_trunc(spans.span, event.accepted_at, 'UTC'), named.technique, count(*),
       count(*) FILTER (WHERE event.failed OR event.severity IN ('high', 'critical')),
       count(*) FILTER (WHERE event.severity = 'high'), count(*) FILTER (WHERE event.severity = 'critical')
  FROM unnest($1::text[], $2::text[], $3::text[]) AS key (tenant, operator, event)
 CROSS JOIN LATERAL (
    SELECT tenant_id, accepted_at, severity, techniques, upper(event_type) LIKE '%FAIL%' AS failed FROM events
     WHERE tenant_id = key.tenant COLLATE "C" AND operator_id = key.operator COLLATE "C"
       AND event_id = key.event COLLATE "C" LIMIT 1) AS event
 CROSS JOIN LATERAL (SELECT DISTINCT unnest(event.techniques) AS technique) AS named
 CROSS JOIN (VALUES ('hour'), ('day')) AS spans (span)
 GROUP BY 1, 2, 3, 4
 ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant_id, span, start, technique) DO UPDATE
  SET events = counts.events + excluded.events, findings = counts.findings + excluded.findings,
      high = counts.high + excluded.high, critical = counts.critical + excluded.critical`,
};

export const MOVE_PROGRESS: Statement = {
  name: 'attack-move-progress-v1',
  text: 'UPDATE technique_progress SET next_sequence = $1',
};

/** Techniques with most events first; at most $5. $1 tenants or null, $2 the span, from $3 on and before $4. */
export const READ_TECHNIQUES: Statement = {
  name: 'attack-read-techniques-v1',
  text: `SELECT technique, sum(events)::bigint AS events, sum(findings)::bigint AS findings, sum(high)::bigint AS high,
       sum(critical)::bigint AS critical
  FROM technique_counts
 WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1::text[])) AND span = $2 AND start >= $3 AND start < $4
 GROUP BY technique ORDER BY 2 DESC, 1 LIMIT $5`,
};

export const READ_PROGRESS: Statement = {
  name: 'attack-read-progress-v1',
  text: `SELECT progress.next_sequence, head.size FROM technique_progress AS progress, audit_head AS head`,
};
