import type { Migration } from './migration.ts';

/**
 * How far each destination of src/forward has acknowledged the audit log, and the bell that is rung when the log
 * grows. The bell is on the head, which every append updates under one lock that it holds until it has committed:
 * NOTIFY is delivered after the commit, so whoever is woken can read what it is about.
 */
export const forwarding: Migration = {
  id: 11,
  name: 'forwarding',
  plan: 'Creates the table of forwarding and a trigger on the head of the log. Locks that head for a moment.',
  as: 'migrate',
  sql: `
CREATE TABLE forward_cursors (
  destination text COLLATE "C" PRIMARY KEY CHECK (destination ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  next_sequence bigint NOT NULL CHECK (next_sequence >= 0),
  generation bigint NOT NULL DEFAULT 0,
  delivered bigint NOT NULL DEFAULT 0,
  acknowledged_at timestamptz,
  failing_since timestamptz,
  failures bigint NOT NULL DEFAULT 0,
  error_code text,
  error_detail text,
  error_at timestamptz
) WITH (fillfactor = 20);
COMMENT ON COLUMN forward_cursors.next_sequence IS 'the first entry that is not acknowledged';
COMMENT ON COLUMN forward_cursors.generation IS 'counts rewinds: a forwarder that began before one cannot undo it';
COMMENT ON COLUMN forward_cursors.failures IS 'since the last acknowledgement';
COMMENT ON COLUMN forward_cursors.error_code IS 'of the last failure; it stays after a recovery';

GRANT SELECT, INSERT, UPDATE ON forward_cursors TO vectorvue_serve;
GRANT SELECT ON forward_cursors TO vectorvue_read, vectorvue_retain;

CREATE FUNCTION announce_audit() RETURNS trigger
LANGUAGE plpgsql
SET search_path = federation, pg_temp
AS $$
BEGIN
  PERFORM pg_notify('federation_audit', '');
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION announce_audit() FROM PUBLIC;
CREATE TRIGGER announce_audit AFTER UPDATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION announce_audit();
`,
};
