/**
 * Version of everything that decides what a report becomes: adapters, severity tables, ATT&CK defaults and
 * redaction rules. It is part of what an `event_id` is derived from, because the gateway refuses the same id with
 * other content (PROTOCOL.md section 4). tests/intake/mapping-version.test.ts fails when the mapping changes and
 * this does not.
 */
export const MAPPING_VERSION = '1';
