import pg from 'pg';
import { IDENTITY, OPERATOR, TENANT } from './source-events.ts';
import { withoutIndexes } from './without-indexes.ts';

const IDENTITIES = 20;
/** Rows in one statement: long enough to be fast, short enough to tell progress. */
const NONCE_STEP = 1_000_000;
const EVENT_STEP = 100_000;
const FILLED = ['nonces', 'evidence', 'audit_log', 'events'] as const;

const NONCES = `INSERT INTO federation.nonces (identity, nonce, request_id, expires_at)
SELECT CASE WHEN n % ${IDENTITIES} = 0 THEN '${IDENTITY}' ELSE 'identity-' || n % ${IDENTITIES} END,
       left(translate(encode(sha256(int8send(n)), 'base64'), '+/=', '-_'), 24), gen_random_uuid(), now() + interval '1 day'
  FROM generate_series($1::bigint, $2::bigint) AS n`;

const COUNTERS = `INSERT INTO federation.nonce_counters (identity, living)
SELECT identity, count(*) FROM federation.nonces GROUP BY identity
ON CONFLICT (identity) DO UPDATE SET living = excluded.living`;

/**
 * Bodies are random, so that compression does not flatter the store. The sequence goes on where it was, without a gap,
 * so that whatever reads the log in order can.
 */
const EVENTS = `WITH made AS (
  SELECT n, gen_random_uuid() AS request_id, sha256(int8send(n)) AS digest FROM generate_series($1::bigint, $2::bigint) AS n
), evidence_in AS (
  INSERT INTO federation.evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid,
                                   public_key, signature, header_timestamp, nonce, body, body_sha256)
  SELECT '${TENANT}', request_id, now(), 'telemetry', '${IDENTITY}', encode(digest, 'hex'), '${OPERATOR}', 'kid', digest,
         digest || digest, 1795000000, encode(digest, 'hex'),
         (SELECT string_agg(sha512(int8send(n * 64 + part)), ''::bytea) FROM generate_series(1, $3::int) AS part), digest
    FROM made
), audit_in AS (
  INSERT INTO federation.audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, entry, disclosure, leaf_hash)
  SELECT $4::bigint + n - 1, request_id, now(), 'decision', 'telemetry', '${IDENTITY}', '${TENANT}', 'accepted',
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

export interface Filling {
  readonly nonces: number;
  readonly events: number;
  readonly bodyBytes: number;
}

/**
 * Fills a migrated database: living nonces over 20 identities (the measured one among them), and events with
 * their evidence and audit entries. Indexes are built after the rows, which takes a fraction of the time. The audit
 * log that comes out has no gap but would not pass verification: it is ballast. Returns seconds.
 */
export async function fillStore(
  databaseUrl: string,
  filling: Filling,
  say: (text: string) => void,
): Promise<number> {
  const started = performance.now();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Of this session alone; what the gateway writes afterwards is as durable as ever.
    await client.query(
      "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'",
    );
    await withoutIndexes(client, FILLED, async () => {
      for (const [from, to] of steps(filling.nonces, NONCE_STEP)) {
        await client.query(NONCES, [from, to]);
        say(`filled ${to} nonces`);
      }
      await client.query(COUNTERS);
      const { rows } = await client.query<{ size: string }>('SELECT size FROM federation.audit_head');
      const base = Number(rows[0]?.size);
      for (const [from, to] of steps(filling.events, EVENT_STEP)) {
        await client.query(EVENTS, [from, to, Math.round(filling.bodyBytes / 64), base]);
        say(`filled ${to} events`);
      }
      await client.query('UPDATE federation.audit_head SET size = $1', [base + filling.events]);
    });
    say('indexes are back');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
  return (performance.now() - started) / 1000;
}

/** `1..count` in parts of `step` at most, both ends included. */
export function steps(count: number, step: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => [
    index * step + 1,
    Math.min(count, (index + 1) * step),
  ]);
}
