/**
 * What this agent has seen of the audit logs of its gateways (PROTOCOL.md section 19), and what became of the receipts
 * it was given. Forgetting a tree would let a gateway show another one, so nothing here is changed but by a checkpoint
 * that was proven to continue the one before, or by `witness reset`, which leaves a row itself.
 */
export const witness = `
CREATE TABLE witnessed_logs (
  origin TEXT PRIMARY KEY,
  -- Where it was seen last. A log keeps its name, so a gateway with another log is a matter for a person.
  gateway TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  -- Signed by the log, without cosignatures.
  note TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  -- Size of the newest checkpoint whose cosignature the gateway took.
  cosigned_size INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX witnessed_logs_by_gateway ON witnessed_logs (gateway);

-- How the last contact with a gateway's log ended, for status.
CREATE TABLE witness_contacts (
  gateway TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT,
  detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Two signed checkpoints of which one does not continue the other. A row that is not cleared stops all feedback.
CREATE TABLE audit_forks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin TEXT NOT NULL,
  gateway TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  remembered_note TEXT NOT NULL,
  offered_note TEXT NOT NULL,
  -- Where the sizes differ: JSON of the consistency proof that leads to the offered root, and the root which it gives
  -- the older size instead of the one that was signed. Null where the two notes say it all.
  proof TEXT,
  -- C2SP verifier keys of the log as they were trusted then, a line each.
  log_keys TEXT NOT NULL,
  detected_at_ms INTEGER NOT NULL,
  cleared_at_ms INTEGER,
  cleared_reason TEXT,
  CHECK ((cleared_at_ms IS NULL) = (cleared_reason IS NULL))
) STRICT;
CREATE TRIGGER audit_forks_stay BEFORE DELETE ON audit_forks
BEGIN SELECT RAISE(ABORT, 'the evidence of a fork is never removed'); END;
CREATE TRIGGER audit_forks_are_final BEFORE UPDATE ON audit_forks
WHEN old.cleared_at_ms IS NOT NULL OR new.origin <> old.origin OR new.gateway <> old.gateway OR new.code <> old.code
  OR new.detail <> old.detail OR new.remembered_note <> old.remembered_note OR new.offered_note <> old.offered_note
  OR new.proof IS NOT old.proof OR new.log_keys <> old.log_keys OR new.detected_at_ms <> old.detected_at_ms
BEGIN SELECT RAISE(ABORT, 'the evidence of a fork is never changed'); END;

-- What a person made the agent forget, and why.
CREATE TABLE witness_resets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin TEXT NOT NULL,
  gateway TEXT NOT NULL,
  note TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER witness_resets_stay BEFORE DELETE ON witness_resets
BEGIN SELECT RAISE(ABORT, 'a reset is never removed'); END;
CREATE TRIGGER witness_resets_are_final BEFORE UPDATE ON witness_resets
BEGIN SELECT RAISE(ABORT, 'a reset is never changed'); END;

-- Size of the witnessed checkpoint in which the receipt's entry was found, or what was found in its place.
ALTER TABLE events ADD COLUMN receipt_verified_size INTEGER;
ALTER TABLE events ADD COLUMN receipt_checked_ms INTEGER;
ALTER TABLE events ADD COLUMN receipt_code TEXT;
CREATE INDEX events_unverified_receipts ON events (seq)
  WHERE state = 'delivered' AND receipt IS NOT NULL AND receipt_verified_size IS NULL;
`;
