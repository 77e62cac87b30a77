import type { Statement } from '../database.ts';
import { utcText } from '../read/page.ts';

/*
 * Lists of the console, newest first. $1 and $2 are the key of the last row of the page before (null: the first page), $3
 * the rows wanted. Trust is thousands of rows at most, so nothing here needs an index of its own; the one look at events
 * and findings goes by tenant, through indexes that are there.
 */

export const PAGE_OF_IDENTITIES: Statement = {
  name: 'console-identities-v1',
  text: `SELECT identity, operators, tenants, spiffe_id, state, source, ${utcText('created_at')} AS created_at
  FROM service_identities
 WHERE ($1::timestamptz IS NULL OR (created_at, identity) < ($1::timestamptz, $2::text))
   AND ($4::text IS NULL OR starts_with(identity, $4::text)) AND ($5::text IS NULL OR state = $5::text)
 ORDER BY created_at DESC, identity DESC LIMIT $3`,
};

export const PINS_OF: Statement = {
  name: 'console-pins-v1',
  text: `SELECT identity, sha256, not_before, not_after, source, created_at
  FROM identity_pins WHERE identity = ANY ($1::text[]) ORDER BY identity, created_at, sha256`,
};

export const KEYS_OF: Statement = {
  name: 'console-keys-of-v1',
  text: `SELECT owner, purpose, kid, state FROM keys
 WHERE owner = ANY ($1::text[]) AND state IN ('active', 'retiring')
   AND (not_before IS NULL OR not_before <= $2) AND (not_after IS NULL OR not_after > $2)
 ORDER BY owner, purpose, created_at, kid`,
};

function pageOfKeys(name: string, source: string, rest: string): Statement {
  return {
    name,
    text: `SELECT owner, purpose, kid, public_key, domain, state, not_before, not_after, source, ${rest},
       ${utcText('created_at')} AS created_at, updated_at
  FROM ${source}
 WHERE ($1::timestamptz IS NULL
        OR (created_at, purpose || ' ' || kid || ' ' || owner) < ($1::timestamptz, $2::text))
   AND ($4::text IS NULL OR owner = $4::text) AND ($5::text IS NULL OR purpose = $5::text)
   AND ($6::text IS NULL OR state = $6::text) AND ($7::text IS NULL OR starts_with(kid, $7::text))
   AND ($8::bytea IS NULL OR public_key = $8::bytea)
 ORDER BY created_at DESC, purpose || ' ' || kid || ' ' || owner DESC LIMIT $3`,
  };
}

/** For who sees all tenants. */
export const PAGE_OF_ALL_KEYS = pageOfKeys('console-keys-v1', 'keys', 'reason, signer_uri');
/** For a reader of some: the keys that concern them, with no word of other tenants, and neither reason nor custody. */
export const PAGE_OF_READER_KEYS = pageOfKeys(
  'console-reader-keys-v1',
  'reader_keys()',
  'NULL::text AS reason, NULL::text AS signer_uri',
);

/** What became of these public keys, oldest first. */
export const LIVES_OF_ALL: Statement = {
  name: 'console-key-lives-v1',
  text: `SELECT owner, purpose, kid, state, changed_at FROM key_history WHERE public_key = ANY ($1::bytea[])
 ORDER BY change_id`,
};
export const LIVES_OF_READER: Statement = {
  name: 'console-reader-key-lives-v1',
  text: 'SELECT owner, purpose, kid, state, changed_at FROM reader_key_history($1::bytea[])',
};

export const READER_KEY_HISTORY: Statement = {
  name: 'console-reader-key-history-v1',
  text: `SELECT owner, purpose, kid, state, NULL::text[] AS domain, not_before, not_after, NULL::text AS actor,
       NULL::text AS reason, changed_at FROM reader_key_history(ARRAY[$1::bytea])`,
};

export const PAGE_OF_TENANTS: Statement = {
  name: 'console-tenants-v1',
  text: `SELECT t.tenant_id, t.name, t.state, ${utcText('t.created_at')} AS created_at,
       (SELECT count(*) FROM operator_tenants AS o WHERE o.tenant_id = t.tenant_id)::int AS operators,
       (SELECT e.accepted_at FROM events AS e WHERE e.tenant_id = t.tenant_id COLLATE "C" ORDER BY e.accepted_at DESC LIMIT 1)
         AS last_event_at,
       (SELECT count(*) FROM (SELECT FROM findings AS f WHERE f.tenant_id = t.tenant_id COLLATE "C" AND f.status = 'open' LIMIT 1001)
         AS counted)::int AS open_findings
  FROM (SELECT * FROM tenants
         WHERE ($1::timestamptz IS NULL OR (created_at, tenant_id) < ($1::timestamptz, $2::text))
           AND ($4::text IS NULL OR state = $4::text)
         ORDER BY created_at DESC, tenant_id DESC LIMIT $3) AS t
 ORDER BY t.created_at DESC, t.tenant_id DESC`,
};

export const PAGE_OF_MAPPINGS: Statement = {
  name: 'console-mappings-v1',
  text: `SELECT m.operator_id, m.tenant_id, t.name AS tenant_name, t.state AS tenant_state, m.source,
       ${utcText('m.created_at')} AS created_at
  FROM operator_tenants AS m JOIN tenants AS t ON t.tenant_id = m.tenant_id
 WHERE ($1::timestamptz IS NULL OR (m.created_at, m.operator_id) < ($1::timestamptz, $2::text))
   AND ($4::text IS NULL OR starts_with(m.operator_id, $4::text))
 ORDER BY m.created_at DESC, m.operator_id DESC LIMIT $3`,
};

export const PAGE_OF_ROTATIONS: Statement = {
  name: 'console-rotations-v1',
  text: `SELECT tenant_id, rotation_id::text, state, new_kid, old_kids, overlap_seconds, scheduled, started_by,
       ${utcText('started_at')} AS started_at, ${utcText('started_at')} AS created_at, published_at, activated_at, forced, retire_at, alert_at, alerted_at
  FROM key_rotations
 WHERE ($1::timestamptz IS NULL OR (started_at, rotation_id::text) < ($1::timestamptz, $2::text))
 ORDER BY started_at DESC, rotation_id::text DESC LIMIT $3`,
};

/** What an identity and a kid have said of each other: for a reader of one tenant, of that tenant alone. */
export const CONFIRMATIONS_OF: Statement = {
  name: 'console-confirmations-v1',
  text: `SELECT kid, identity, tenant_id, confirmed_at FROM key_confirmations WHERE kid = ANY ($1::text[])
 ORDER BY kid, confirmed_at, identity`,
};
