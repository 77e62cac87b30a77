import type { Migration } from './migration.ts';

/**
 * An identity can be suspended like a tenant; and a tenant's reader sees the keys that may vouch for its tenant, which are
 * of several tenants or of none in `keys`, and therefore hidden from it there.
 *
 * No older gateway may run beside it: it would go on trusting a suspended identity.
 */
export const consoleTrust: Migration = {
  id: 17,
  name: 'console-trust',
  plan: 'Adds the state of identities and functions for readers of one tenant. Locks service_identities for a moment.',
  as: 'migrate',
  sql: `
ALTER TABLE service_identities ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended'));
COMMENT ON COLUMN service_identities.state IS 'suspended: as if it were not declared, until it is resumed; its pins, limits and keys stay';

-- The keys that concern the tenants of a reader: those confined to one of them, the gateway's general ones, which sign for
-- it as well, and those of an identity that is limited to it. Nobody learns here for whom else a key is.
CREATE FUNCTION reader_keys()
RETURNS TABLE (owner text, purpose text, kid text, public_key bytea, domain text[], state text,
               not_before timestamptz, not_after timestamptz, source text, created_at timestamptz, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
  SELECT k.owner, k.purpose, k.kid, k.public_key,
         ARRAY(SELECT one FROM unnest(k.domain) AS one WHERE one = ANY (mine.tenants) ORDER BY one),
         k.state, k.not_before, k.not_after, k.source, k.created_at, k.updated_at
    FROM (SELECT reader_tenants() AS tenants) AS mine, keys AS k
    LEFT JOIN service_identities AS i ON i.identity = k.owner
   WHERE CASE WHEN k.domain IS NOT NULL THEN k.domain && mine.tenants
              ELSE (k.owner = '@gateway' AND cardinality(mine.tenants) > 0) OR i.tenants && mine.tenants END
$$;
COMMENT ON FUNCTION reader_keys() IS 'keys that concern the tenants of a reader; domain: those of its tenants, empty: all that its owner may speak for';

-- The life of such keys, without who changed them and why: a reason may speak of others.
CREATE FUNCTION reader_key_history(of_keys bytea[])
RETURNS TABLE (owner text, purpose text, kid text, public_key bytea, state text, not_before timestamptz,
               not_after timestamptz, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
  WITH mine AS MATERIALIZED (SELECT k.owner, k.purpose, k.kid, k.public_key FROM reader_keys() AS k)
  SELECT h.owner, h.purpose, h.kid, h.public_key, h.state, h.not_before, h.not_after, h.changed_at
    FROM key_history AS h JOIN mine USING (owner, purpose, kid, public_key)
   WHERE h.public_key = ANY (of_keys)
   ORDER BY h.change_id
$$;
REVOKE ALL ON FUNCTION reader_keys(), reader_key_history(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reader_keys(), reader_key_history(bytea[]) TO vectorvue_read;
`,
};
