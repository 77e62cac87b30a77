import type { Migration } from './migration.ts';

/**
 * The keyring as it is operated. What changes about a key is kept for ever, by the database's clock and under the
 * trust lock that commits share: so whether a key might verify when something was accepted is a comparison of two
 * moments of one clock, and no gateway has a say in it.
 *
 * Nobody who serves deletes a key, a tenant or an identity, changes whose or what a key is, or brings a revoked one
 * back; a program that is taken over cannot either.
 */
export const keyring: Migration = {
  id: 13,
  name: 'keyring',
  plan: 'Adds the history of keys, filled from the keys that are there, and triggers. Locks the tables of trust for its whole run, so commits wait.',
  as: 'migrate',
  sql: `
ALTER TABLE keys ADD COLUMN signer_uri text CHECK (signer_uri IS NULL OR owner = '@gateway');
COMMENT ON COLUMN keys.signer_uri IS 'where a gateway finds the private half of its own key; null: elsewhere, or the environment says';

ALTER TABLE service_identities ADD COLUMN spiffe_id text
  CHECK (length(spiffe_id) <= 2048 AND spiffe_id ~ '^spiffe://[a-z0-9._-]{1,255}(/[A-Za-z0-9._-]+)+$');
COMMENT ON COLUMN service_identities.spiffe_id IS 'the one URI SAN that the certificate must hold besides being pinned; null: not asked for';

CREATE TABLE key_history (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL,
  purpose text NOT NULL,
  kid text NOT NULL,
  public_key bytea NOT NULL,
  domain text[],
  state text NOT NULL,
  not_before timestamptz,
  not_after timestamptz,
  actor text,
  reason text,
  changed_at timestamptz NOT NULL
);
COMMENT ON TABLE key_history IS 'what a row of keys was from changed_at on; written by its trigger alone';
COMMENT ON COLUMN key_history.actor IS 'as the transaction says in vectorvue.actor; the audit log has an entry of the same change';
CREATE INDEX key_history_by_key ON key_history (public_key, owner, changed_at);

-- Of keys that are older than this table only their last change is known. Their times are those of a process, which
-- may differ from the database by as much as readiness allows (5 s): in favour of what was accepted then.
INSERT INTO key_history (owner, purpose, kid, public_key, domain, state, not_before, not_after, changed_at)
SELECT owner, purpose, kid, public_key, domain, CASE state WHEN 'pending' THEN 'pending' ELSE 'active' END,
       not_before, not_after, created_at - interval '5 seconds'
  FROM keys ORDER BY created_at, owner, purpose, kid;
INSERT INTO key_history (owner, purpose, kid, public_key, domain, state, not_before, not_after, reason, changed_at)
SELECT owner, purpose, kid, public_key, domain, state, not_before, not_after, reason, updated_at + interval '5 seconds'
  FROM keys WHERE state IN ('retiring', 'revoked') ORDER BY updated_at, owner, purpose, kid;

-- With its owner's rights: nobody else writes history. The lock is held by now (lock_trust comes before the statement).
CREATE FUNCTION keep_key_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
BEGIN
  INSERT INTO key_history (owner, purpose, kid, public_key, domain, state, not_before, not_after, actor, reason,
                           changed_at)
  VALUES (NEW.owner, NEW.purpose, NEW.kid, NEW.public_key, NEW.domain, NEW.state, NEW.not_before, NEW.not_after,
          nullif(current_setting('vectorvue.actor', true), ''), nullif(current_setting('vectorvue.reason', true), ''),
          clock_timestamp());
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_key_history AFTER INSERT OR UPDATE ON keys
  FOR EACH ROW EXECUTE FUNCTION keep_key_history();

CREATE FUNCTION revoked_stays_revoked() RETURNS trigger
LANGUAGE plpgsql
SET search_path = federation, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'a revoked key never comes back (PROTOCOL.md section 15)'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_stays_revoked';
END
$$;
CREATE TRIGGER revoked_stays_revoked BEFORE UPDATE ON keys
  FOR EACH ROW WHEN (OLD.state = 'revoked' AND NEW.state <> 'revoked') EXECUTE FUNCTION revoked_stays_revoked();

-- For whoever re-verifies evidence and is no reader of the keyring: the life of a key which he can name whole, and
-- whether it covers a tenant, but not whom else.
CREATE FUNCTION key_life(of_owner text, of_purpose text, of_key bytea, of_tenant text)
RETURNS TABLE (kid text, state text, covers boolean, not_before timestamptz, not_after timestamptz, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$
  SELECT h.kid, h.state, h.domain IS NULL OR of_tenant = ANY (h.domain), h.not_before, h.not_after, h.changed_at
    FROM key_history AS h
   WHERE h.public_key = of_key AND h.owner = of_owner AND h.purpose = of_purpose
   ORDER BY h.change_id
$$;
REVOKE ALL ON FUNCTION keep_key_history(), revoked_stays_revoked() FROM PUBLIC;
REVOKE ALL ON FUNCTION key_life(text, text, bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_key_history(), revoked_stays_revoked() TO vectorvue_serve;
GRANT EXECUTE ON FUNCTION key_life(text, text, bytea, text) TO vectorvue_serve, vectorvue_read, vectorvue_retain;

REVOKE DELETE ON keys, tenants, service_identities FROM vectorvue_serve;
REVOKE UPDATE ON keys FROM vectorvue_serve;
GRANT UPDATE (domain, state, not_before, not_after, reason, updated_at, signer_uri) ON keys TO vectorvue_serve;

GRANT SELECT ON key_history TO vectorvue_serve, vectorvue_read;
ALTER TABLE key_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON key_history FOR SELECT TO vectorvue_serve USING (true);
CREATE POLICY read_tenant ON key_history FOR SELECT TO vectorvue_read USING (reader_sees(NULL));

-- Destinations and their faults belong to no tenant: only readers of all see them.
ALTER TABLE forward_cursors ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON forward_cursors TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY retain_all ON forward_cursors FOR SELECT TO vectorvue_retain USING (true);
CREATE POLICY read_tenant ON forward_cursors FOR SELECT TO vectorvue_read USING (reader_sees(NULL));
`,
};
