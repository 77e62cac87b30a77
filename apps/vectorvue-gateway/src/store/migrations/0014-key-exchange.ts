import type { Migration } from './migration.ts';
import { tenantPolicies } from './tenant-policies.ts';

/**
 * The exchange of key sets (PROTOCOL.md section 19), and the rotation of the gateway's own keys that rests on it.
 *
 * None of this is trust: it says what was told to whom and what they confirmed, so it does not raise the trust version.
 * What an exchange changes about keys is in `keys`, like every other change of them.
 */
export const keyExchange: Migration = {
  id: 14,
  name: 'key-exchange',
  plan: 'Creates the tables of the key exchange; replaces a check of keys. Locks keys while its rows are checked.',
  as: 'migrate',
  sql: `
ALTER TABLE keys DROP CONSTRAINT keys_source_check;
ALTER TABLE keys ADD CONSTRAINT keys_source_check CHECK (source IN ('environment', 'cli', 'exchange'));

CREATE TABLE key_sets (
  owner text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL CHECK (version > 0),
  request_id uuid,
  loaded_at timestamptz NOT NULL
);
COMMENT ON TABLE key_sets IS 'version of the newest set: of an identity the one that was loaded, of @gateway the one that was made';
COMMENT ON COLUMN key_sets.request_id IS 'the request that brought it: judged again, it has not replayed itself';

CREATE TABLE key_exchanges (
  tenant_id text COLLATE "C" NOT NULL,
  identity text NOT NULL,
  exchanged_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, identity)
);
COMMENT ON TABLE key_exchanges IS 'who has exchanged for which tenant; whoever is not here gets keys by file';

CREATE TABLE key_confirmations (
  tenant_id text COLLATE "C" NOT NULL,
  identity text NOT NULL,
  kid text NOT NULL,
  confirmed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, identity, kid)
);
COMMENT ON TABLE key_confirmations IS 'keys of the gateway that an identity says it has loaded and verifies with';

CREATE TABLE key_rotations (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id = '*' OR tenant_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  rotation_id uuid NOT NULL,
  purpose text NOT NULL CHECK (purpose = 'feedback'),
  state text NOT NULL CHECK (state IN ('prepared', 'published', 'active', 'retired', 'abandoned')),
  new_kid text NOT NULL,
  old_kids text[] NOT NULL,
  overlap_seconds bigint NOT NULL CHECK (overlap_seconds >= 0),
  scheduled boolean NOT NULL,
  started_by text NOT NULL,
  started_at timestamptz NOT NULL,
  published_at timestamptz,
  activated_at timestamptz,
  forced boolean NOT NULL DEFAULT false,
  retire_at timestamptz,
  alert_at timestamptz NOT NULL,
  alerted_at timestamptz,
  PRIMARY KEY (tenant_id, rotation_id)
);
COMMENT ON COLUMN key_rotations.tenant_id IS '*: the general key';
COMMENT ON COLUMN key_rotations.scheduled IS 'a gateway goes on with it by itself; else somebody runs key rotate again';
COMMENT ON COLUMN key_rotations.alert_at IS 'when somebody is told that a peer has not confirmed';
CREATE UNIQUE INDEX one_rotation_at_a_time ON key_rotations (tenant_id, purpose) WHERE state IN ('prepared', 'published');

CREATE TABLE key_schedules (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id = '*' OR tenant_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  purpose text NOT NULL CHECK (purpose = 'feedback'),
  every_seconds bigint NOT NULL CHECK (every_seconds > 0),
  overlap_seconds bigint NOT NULL CHECK (overlap_seconds >= 0),
  confirm_seconds bigint NOT NULL CHECK (confirm_seconds >= 0),
  next_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, purpose)
);

GRANT SELECT, INSERT, UPDATE ON key_sets, key_exchanges, key_confirmations, key_rotations, key_schedules TO vectorvue_serve;
GRANT DELETE ON key_schedules TO vectorvue_serve;
GRANT SELECT ON key_sets, key_exchanges, key_confirmations, key_rotations, key_schedules TO vectorvue_read;
ALTER TABLE key_sets ENABLE ROW LEVEL SECURITY;
CREATE POLICY serve_all ON key_sets TO vectorvue_serve USING (true) WITH CHECK (true);
CREATE POLICY read_tenant ON key_sets FOR SELECT TO vectorvue_read USING (reader_sees(NULL));
${tenantPolicies(['key_exchanges', 'key_confirmations', 'key_rotations', 'key_schedules'])}
`,
};
