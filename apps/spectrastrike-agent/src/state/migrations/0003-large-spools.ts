/**
 * What a spool of a million events needs to be counted and looked through without reading its payloads: a row of
 * `events` is two kilobytes, an entry of these indexes a few bytes, and both indexes are small where all goes well.
 */
export const largeSpools = `
CREATE INDEX events_duplicate ON events (lane_id) WHERE duplicate = 1;
CREATE INDEX events_quarantined ON events (seq) WHERE state = 'quarantined';
`;
