/**
 * What a daemon that runs for months needs: the size of what waits without counting it, payloads that go when their
 * event was delivered long ago, the rate of the last minute, what lanes wait for, and a line to the process itself.
 */
export const daemon = `
-- Undelivered events (pending or in quarantine) and the bytes of their payloads, grown by whoever enqueues, once a
-- transaction, and shrunk by the trigger below.
CREATE TABLE spool_size (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO spool_size SELECT 1, count(*), coalesce(sum(octet_length(payload)), 0)
  FROM events WHERE state IN ('pending', 'quarantined');
CREATE TRIGGER spool_size_shrinks AFTER UPDATE OF state ON events
WHEN old.state IN ('pending', 'quarantined') AND new.state NOT IN ('pending', 'quarantined')
BEGIN
  UPDATE spool_size SET events = events - 1, bytes = bytes - octet_length(old.payload);
END;

-- A delivered event whose payload was let go after its retention: the row stays, so that the same event is known when
-- it comes again, and this is what it said (SHA-256 of the producer's content), so that a change is noticed.
ALTER TABLE events ADD COLUMN emptied_at_ms INTEGER;
ALTER TABLE events ADD COLUMN content_sha256 BLOB;
-- The rate of the last minute, and what may be let go, both in order of time.
CREATE INDEX events_delivered ON events (delivered_at_ms, lane_id) WHERE state = 'delivered' AND emptied_at_ms IS NULL;

-- Until when the gateway's rate limit holds the lane, and by which code; Unix milliseconds.
ALTER TABLE lanes ADD COLUMN held_until_ms INTEGER;
ALTER TABLE lanes ADD COLUMN held_code TEXT;
-- When last_code was seen.
ALTER TABLE gateways ADD COLUMN last_at_ms INTEGER;

-- The process that runs, or ran last; whether it still does, its lock says.
CREATE TABLE daemon (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  pid INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  version TEXT NOT NULL,
  -- JSON: what its services listen on.
  services TEXT NOT NULL
) STRICT;

-- Grows with every \`wake\`; the daemon acts when it sees another number than before.
CREATE TABLE wakes (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  count INTEGER NOT NULL
) STRICT;
INSERT INTO wakes VALUES (1, 0);

-- How the last round of the feedback loop went, by gateway and tenant (lower case).
CREATE TABLE feedback_rounds (
  gateway TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused', 'failed')),
  code TEXT,
  detail TEXT NOT NULL,
  recorded INTEGER NOT NULL,
  -- In a row, up to now.
  failures INTEGER NOT NULL,
  next_at_ms INTEGER,
  -- Of the last that was accepted.
  accepted_at_ms INTEGER,
  PRIMARY KEY (gateway, tenant_id)
) STRICT, WITHOUT ROWID;
`;
