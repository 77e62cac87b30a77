import type { Statement } from '../database.ts';

/** Advisory locks of forwarders: this number, and a hash of the destination's name (infra/postgres/README.md). */
export const FORWARD_LOCK = 7_310_300;

/** Which session this is: '' in a new one, which holds no lock that an older one held. */
export const FORWARD_SESSION: Statement = {
  name: 'forward_session',
  text: `SELECT coalesce(current_setting('vectorvue.forwarder', true), '') AS token`,
};

export const NAME_FORWARD_SESSION: Statement = {
  name: 'forward_name_session',
  text: `SELECT set_config('vectorvue.forwarder', $1, false)`,
};

/** Held by the session: it is free again as soon as the process or its connection is gone. */
export const TAKE_FORWARD_LOCK: Statement = {
  name: 'forward_take_lock',
  text: `SELECT pg_try_advisory_lock(${FORWARD_LOCK}, hashtext($1)) AS taken`,
};

export const RELEASE_FORWARD_LOCK: Statement = {
  name: 'forward_release_lock',
  text: `SELECT pg_advisory_unlock(${FORWARD_LOCK}, hashtext($1))`,
};

/** A destination that is new begins at $2, or at the end of the log where that is null. */
export const CREATE_CURSOR: Statement = {
  name: 'forward_create_cursor',
  text: `INSERT INTO forward_cursors (destination, next_sequence)
         SELECT $1, coalesce($2::bigint, size) FROM audit_head
         ON CONFLICT (destination) DO NOTHING`,
};

export const READ_CURSOR: Statement = {
  name: 'forward_read_cursor',
  text: `SELECT next_sequence, generation, (SELECT size FROM audit_head) AS size
           FROM forward_cursors
          WHERE destination = $1 AND current_setting('vectorvue.forwarder', true) = $2`,
};

/** Not waiting for the disk, in this transaction alone: what a crash of the server takes back is sent again. */
const RELAXED = `WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true))`;

/** Only by the session that holds the lock, and only from where it began: never over a rewind. */
export const ADVANCE_CURSOR: Statement = {
  name: 'forward_advance_cursor',
  text: `${RELAXED}
         UPDATE forward_cursors
            SET next_sequence = $4, delivered = delivered + $5, acknowledged_at = clock_timestamp(),
                failing_since = NULL, failures = 0
           FROM relaxed
          WHERE destination = $1 AND current_setting('vectorvue.forwarder', true) = $2 AND generation = $3
        RETURNING next_sequence`,
};

export const NOTE_FAILURE: Statement = {
  name: 'forward_note_failure',
  text: `${RELAXED}
         UPDATE forward_cursors
            SET failing_since = coalesce(failing_since, clock_timestamp()), failures = failures + 1,
                error_code = $3, error_detail = $4, error_at = clock_timestamp()
           FROM relaxed
          WHERE destination = $1 AND current_setting('vectorvue.forwarder', true) = $2`,
};

/** Findings by key, with what their event says: the n-th of each array is one key. */
export const FORWARD_FINDINGS: Statement = {
  name: 'forward_findings',
  text: `SELECT f.tenant_id, f.operator_id, f.finding_id, f.severity, f.asset_ref, f.target_urn, f.campaign_id,
                f.first_seen, e.event_id, e.event_type, e.source_system, e.techniques, e.tactics
           FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted(tenant, operator, finding)
           JOIN findings AS f ON f.tenant_id = wanted.tenant AND f.operator_id = wanted.operator
                             AND f.finding_id = wanted.finding
           JOIN events AS e ON e.tenant_id = f.tenant_id AND e.operator_id = f.operator_id
                           AND e.event_id = f.event_id`,
};

/** Every destination there ever was, with its distance from the end of the log. */
export const FORWARD_STATUS: Statement = {
  name: 'forward_status',
  text: `SELECT c.destination, c.next_sequence, c.generation, c.delivered, c.acknowledged_at, c.failing_since, c.failures,
                c.error_code, c.error_detail, c.error_at, greatest(head.size - c.next_sequence, 0) AS lag_entries,
                coalesce(greatest(extract(epoch FROM clock_timestamp() - waiting.recorded_at), 0), 0)::float8 AS lag_seconds
           FROM forward_cursors AS c CROSS JOIN audit_head AS head
           LEFT JOIN audit_log AS waiting ON waiting.sequence = c.next_sequence
          ORDER BY c.destination`,
};

export const REWIND_CURSOR: Statement = {
  name: 'forward_rewind_cursor',
  text: `UPDATE forward_cursors AS c SET next_sequence = $2, generation = c.generation + 1
           FROM (SELECT destination, next_sequence FROM forward_cursors WHERE destination = $1 FOR UPDATE) AS before,
                audit_head AS head
          WHERE c.destination = before.destination AND $2 <= head.size
        RETURNING before.next_sequence AS before`,
};

/** Wakes the forwarders for something that is no entry. Delivered when the transaction has committed. */
export const RING: Statement = {
  name: 'forward_ring',
  text: `SELECT pg_notify('federation_audit', '')`,
};
