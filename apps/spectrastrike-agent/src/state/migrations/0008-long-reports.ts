/**
 * A long report is spooled in more than one transaction: `read` says how many of its events are, `complete` whether
 * that is all of them. What was spooled before this was spooled in one.
 */
export const longReports = `
ALTER TABLE reports ADD COLUMN complete INTEGER NOT NULL DEFAULT 1 CHECK (complete IN (0, 1));
`;
