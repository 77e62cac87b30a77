/**
 * What a gateway made of batches (PROTOCOL.md section 6), so that a restart neither asks a peer without them again
 * before its day is over nor forgets that it takes them. No row: never asked.
 */
export const batches = `
CREATE TABLE gateway_batches (
  gateway TEXT PRIMARY KEY,
  supported INTEGER NOT NULL CHECK (supported IN (0, 1)),
  -- Until then everything is sent singly; Unix milliseconds, null where it takes batches.
  singles_until_ms INTEGER,
  CHECK ((supported = 1) = (singles_until_ms IS NULL))
) STRICT, WITHOUT ROWID;
`;
