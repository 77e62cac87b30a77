/** What `run` looks for when it lets the bodies of pushed graphs go: only those that still have one. */
export const graphBodies = `
CREATE INDEX graphs_with_body ON graphs (pushed_at_ms) WHERE pushed_at_ms IS NOT NULL AND body <> '';
`;
