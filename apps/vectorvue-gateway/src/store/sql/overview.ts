import type { Statement } from '../database.ts';

/** Where the log ends and what time it is there. */
export const LOG_NOW: Statement = {
  name: 'overview-log-now-v1',
  text: `SELECT size, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms FROM audit_head`,
};

/** When entry $1 was recorded. */
export const RECORDED_AT: Statement = {
  name: 'overview-recorded-at-v1',
  text: `SELECT (extract(epoch FROM recorded_at) * 1000)::float8 AS recorded_ms FROM audit_log WHERE sequence = $1`,
};

/**
 * Entries $1 up to $2, without it, by minute, tenant and code: events that were accepted or known already, and refusals
 * of whatever it was. Bounded at both ends by the primary key, so that it costs the same however long the log is.
 */
export const COUNT_ENTRIES: Statement = {
  name: 'overview-count-entries-v1',
  text: `SELECT extract(epoch FROM minute)::bigint AS minute, tenant_id, code, n FROM (
  SELECT date_bin('1 minute', recorded_at, '2000-01-01Z') AS minute, tenant_id, code, count(*) AS n
    FROM audit_log
   WHERE sequence >= $1 AND sequence < $2 AND class IN ('decision', 'security') AND code <> ''
     AND (action IN ('telemetry', 'telemetry.batch')
          OR code NOT IN ('accepted', 'duplicate') AND NOT starts_with(action, 'console.'))
   GROUP BY 1, 2, 3) AS counted`,
};

/**
 * The newest evidence of every identity and tenant: one step in the index from each pair to the next, and one look for
 * the newest row of it, however many requests there are. At most 2,000 pairs.
 */
export const LAST_CONTACTS: Statement = {
  name: 'overview-last-contacts-v1',
  text: `WITH RECURSIVE pairs AS (
  (SELECT identity, tenant_id, 1 AS n FROM evidence ORDER BY identity, tenant_id LIMIT 1)
  UNION ALL
  SELECT following.identity, following.tenant_id, pairs.n + 1
    FROM pairs, LATERAL (
      SELECT e.identity, e.tenant_id FROM evidence AS e
       WHERE (e.identity, e.tenant_id) > (pairs.identity, pairs.tenant_id)
       ORDER BY e.identity, e.tenant_id LIMIT 1) AS following
   WHERE pairs.n < 2000
)
SELECT pairs.identity, pairs.tenant_id, newest.operator_id, newest.received_at, newest.header_timestamp
  FROM pairs, LATERAL (
    SELECT e.operator_id, e.received_at, e.header_timestamp FROM evidence AS e
     WHERE e.identity = pairs.identity AND e.tenant_id = pairs.tenant_id
     ORDER BY e.received_at DESC LIMIT 1) AS newest`,
};

/** The last refusal of each declared identity. */
export const LAST_REFUSALS: Statement = {
  name: 'overview-last-refusals-v1',
  text: `SELECT declared.identity, refused.tenant_id, refused.code, refused.recorded_at
  FROM service_identities AS declared LEFT JOIN LATERAL (
    SELECT tenant_id, code, recorded_at FROM audit_log
     WHERE actor = declared.identity
       AND class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate')
     ORDER BY recorded_at DESC, sequence DESC LIMIT 1) AS refused ON true
 ORDER BY declared.identity LIMIT 2000`,
};

export const TENANTS: Statement = {
  name: 'overview-tenants-v1',
  text: 'SELECT tenant_id, name, state FROM tenants ORDER BY tenant_id',
};

/** Active keys that end before $1 and have no active successor that lasts longer. */
export const KEYS_ENDING: Statement = {
  name: 'overview-keys-ending-v1',
  text: `SELECT owner, purpose, kid, domain, not_after FROM keys
 WHERE state = 'active' AND not_after < $1
   AND NOT EXISTS (SELECT FROM keys AS next WHERE next.owner = keys.owner AND next.purpose = keys.purpose
                      AND next.state = 'active' AND (next.domain IS NULL OR next.domain @> keys.domain)
                      AND (next.not_after IS NULL OR next.not_after > keys.not_after))
 ORDER BY not_after LIMIT 100`,
};

/** Pins that end between $1 and $2, of identities that have none that lasts longer. */
export const PINS_ENDING: Statement = {
  name: 'overview-pins-ending-v1',
  text: `SELECT identity, sha256, not_after FROM identity_pins AS pin
 WHERE not_after > $1 AND not_after < $2
   AND NOT EXISTS (SELECT FROM identity_pins AS next WHERE next.identity = pin.identity
                      AND (next.not_after IS NULL OR next.not_after > pin.not_after))
 ORDER BY not_after LIMIT 100`,
};

export const ROTATIONS_UNCONFIRMED: Statement = {
  name: 'overview-rotations-unconfirmed-v1',
  text: `SELECT tenant_id, new_kid, alert_at FROM key_rotations WHERE state = 'published' AND alert_at <= $1
 ORDER BY alert_at LIMIT 100`,
};

/** How far the log is signed and witnessed; times null: never, or nothing waits. */
export const LOG_STANDING: Statement = {
  name: 'overview-log-standing-v1',
  text: `SELECT head.size, coalesce(signed.size, 0) AS signed_size, signed.signed_at,
       (SELECT recorded_at FROM audit_log WHERE sequence = coalesce(signed.size, 0)) AS waiting_since,
       witnessed.size AS witnessed_size, witnessed.received_at AS witnessed_at,
       (SELECT count(*) FROM keys WHERE purpose = 'witness' AND state = 'active') AS witnesses
  FROM audit_head AS head
  LEFT JOIN LATERAL (SELECT size, signed_at FROM log_checkpoints ORDER BY size DESC LIMIT 1) AS signed ON true
  LEFT JOIN LATERAL (SELECT size, received_at FROM log_cosignatures ORDER BY size DESC LIMIT 1) AS witnessed ON true`,
};

/** What mapping violations since $1 disclose: the newest 500, so that a flood of them does not make this dear. */
export const MAPPING_VIOLATIONS: Statement = {
  name: 'overview-mapping-violations-v1',
  text: `SELECT disclosure FROM audit_log
 WHERE code = 'tenant_mapping_violation' AND recorded_at >= $1
   AND class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate')
 ORDER BY recorded_at DESC, sequence DESC LIMIT 500`,
};

export const SUSPENDED_OPERATORS: Statement = {
  name: 'overview-suspended-operators-v1',
  text: `SELECT tenant.tenant_id, mapping.operator_id FROM tenants AS tenant
  JOIN operator_tenants AS mapping ON mapping.tenant_id = tenant.tenant_id WHERE tenant.state = 'suspended'`,
};
