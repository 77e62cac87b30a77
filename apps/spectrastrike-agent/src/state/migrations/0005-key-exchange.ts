/**
 * The agent's own keys, and what it has exchanged with which gateway for which tenant (PROTOCOL.md sections 15 and 19).
 * Only public halves are here; `signer` says where the private one is.
 */
export const keyExchange = `
CREATE TABLE own_keys (
  -- RFC 7638 thumbprint.
  kid TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('telemetry', 'evidence')),
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  -- A path or a signer URI.
  signer TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('environment', 'generated')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'revoked')),
  created_at_ms INTEGER NOT NULL,
  activated_at_ms INTEGER,
  -- Unix seconds: from then on gateways do not take it any more.
  not_after INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_active_own_key ON own_keys (purpose) WHERE state = 'active';
CREATE UNIQUE INDEX one_pending_own_key ON own_keys (purpose) WHERE state = 'pending';

-- Version of the newest set that was made. Counted before it is sent: a number is never used twice.
CREATE TABLE own_key_sets (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  version INTEGER NOT NULL
) STRICT;

-- Which of our keys a gateway says it takes for a tenant (lower case).
CREATE TABLE own_key_confirmations (
  gateway TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  confirmed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (gateway, tenant_id, kid)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_exchanges (
  gateway TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  attempted_at_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('exchanged', 'unsupported', 'failed', 'refused')),
  code TEXT,
  detail TEXT NOT NULL,
  -- Of the last that succeeded.
  exchanged_at_ms INTEGER,
  -- Version of the gateway's set that is loaded; an older one is never loaded after it.
  loaded_version INTEGER,
  PRIMARY KEY (gateway, tenant_id)
) STRICT, WITHOUT ROWID;

-- The gateway's keys as its newest set says. A row is never deleted: what a set leaves out has ended.
CREATE TABLE gateway_keys (
  gateway TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  purpose TEXT NOT NULL,
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'revoked')),
  not_before INTEGER,
  not_after INTEGER,
  PRIMARY KEY (gateway, tenant_id, kid)
) STRICT, WITHOUT ROWID;
`;
