import pg from 'pg';
import { IDENTITY, OPERATOR, TENANT } from './source-events.ts';

const IDENTITIES = 20;
/** Rows in one statement: long enough to be fast, short enough to tell progress. */
const STEP = 500_000;

const NONCES = `INSERT INTO federation.nonces (identity, nonce, request_id, expires_at)
SELECT CASE WHEN n % ${IDENTITIES} = 0 THEN '${IDENTITY}' ELSE 'identity-' || n % ${IDENTITIES} END,
       translate(encode(sha256(int8send(n)), 'base64'), '+/=', '-_') , gen_random_uuid(), now() + interval '1 day'
  FROM generate_series($1::bigint, $2::bigint) AS n`;

const COUNTERS = `INSERT INTO federation.nonce_counters (identity, living)
SELECT identity, count(*) FROM federation.nonces GROUP BY identity
ON CONFLICT (identity) DO UPDATE SET living = excluded.living`;

/** Bodies are random text of the size of a real one, so that compression does not flatter the store. */
const EVENTS = `WITH made AS (
  SELECT n, gen_random_uuid() AS request_id, sha256(int8send(n)) AS digest FROM generate_series($1::bigint, $2::bigint) AS n
), evidence_in AS (
  INSERT INTO federation.evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid,
                                   public_key, signature, header_timestamp, nonce, body, body_sha256)
  SELECT '${TENANT}', request_id, now(), 'telemetry', '${IDENTITY}', encode(digest, 'hex'), '${OPERATOR}', 'kid', digest,
         digest || digest, 1795000000, encode(digest, 'hex'),
         (SELECT string_agg(sha256(int8send(n * 64 + part)), ''::bytea) FROM generate_series(1, $3::int) AS part), digest
    FROM made
), audit_in AS (
  INSERT INTO federation.audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, entry, disclosure, leaf_hash)
  SELECT n + 1000000, request_id, now(), 'decision', 'telemetry.accept', '${IDENTITY}', '${TENANT}', 'accepted',
         repeat(encode(digest, 'hex'), 9), repeat(encode(digest, 'hex'), 6), digest
    FROM made
)
INSERT INTO federation.events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type,
  source_system, severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
  attestation_measurement_hash, attestation_synthetic, asset_ref, target_urn, fingerprint_verified, content_hash, accepted_at)
SELECT '${TENANT}', '${OPERATOR}', 'filled-' || encode(digest, 'hex'), request_id, 0, 'cmp-bench', 'HOST_LOG', 'windows',
       'info', '2023-07-19T09:03:40.710Z', now(), false, '{T1059}', '{}', encode(digest, 'hex'), encode(digest, 'hex'),
       false, 'host', 'urn:target:host:host', true, digest, now()
  FROM made`;

/** Beyond every sequence that was just written, so that the gateway goes on behind them. */
const HEAD = `UPDATE federation.audit_head SET size = greatest(size, (SELECT max(sequence) + 1 FROM federation.audit_log))`;

/**
 * Fills a migrated database: living nonces over 20 identities (the measured one among them), and events with
 * their evidence and audit entries. The audit log that comes out would not pass verification: it is ballast.
 */
export async function fillStore(
  databaseUrl: string,
  amount: { readonly nonces: number; readonly events: number; readonly bodyBytes: number },
  say: (text: string) => void,
): Promise<number> {
  const started = performance.now();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "SET synchronous_commit = off; SET max_parallel_workers_per_gather = 2; SET work_mem = '256MB'",
    );
    for (let from = 1; from <= amount.nonces; from += STEP) {
      const to = Math.min(amount.nonces, from + STEP - 1);
      await client.query(NONCES, [from, to]);
      say(`filled ${to} nonces`);
    }
    await client.query(COUNTERS);
    for (let from = 1; from <= amount.events; from += STEP / 5) {
      const to = Math.min(amount.events, from + STEP / 5 - 1);
      await client.query(EVENTS, [from, to, Math.round(amount.bodyBytes / 32)]);
      say(`filled ${to} events`);
    }
    await client.query(HEAD);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
  return (performance.now() - started) / 1000;
}
