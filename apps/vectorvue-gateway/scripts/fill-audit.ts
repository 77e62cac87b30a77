/** Of ten. */
export function tenant(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

const STEP = 100_000;

/**
 * SQL that fills the log and the events over thirty days: ten tenants, thirty operators, forty agents, 121 techniques, three
 * refusals in a hundred entries. Entries have their real length and would not pass verification: they are ballast.
 */
export function fillAudit(rows: number): readonly string[] {
  const steps = Array.from({ length: Math.ceil(rows / STEP) }, (_, n) => n * STEP);
  return [
    'SET synchronous_commit = off; SET search_path = federation',
    ...steps.map((first) => fill(first, Math.min(rows, first + STEP) - 1, rows)),
    `UPDATE audit_head SET size = ${rows}`,
    `INSERT INTO tenant_readers (role_name, tenant_id) VALUES (session_user, '*') ON CONFLICT DO NOTHING`,
  ];
}

const fill = (first: number, last: number, rows: number): string => `WITH made AS (
  SELECT n, gen_random_uuid() AS request, encode(sha256(int8send(n)), 'hex') AS hash, sha256(int8send(n)) AS digest,
         lpad(to_hex(n % 10), 8, '0') || '-0000-4000-8000-000000000000' AS tenant, 'op-' || n % 30 AS operator,
         now() - interval '30 days' + interval '30 days' * n / ${rows} AS at,
         CASE WHEN n % 100 < 3 THEN (ARRAY['signature_invalid', 'schema_invalid', 'replay_detected'])[1 + n % 3]
              ELSE 'accepted' END AS code
    FROM generate_series(${first}::bigint, ${last}::bigint) AS n
), logged AS (
  INSERT INTO audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256, entry,
                         disclosure, leaf_hash)
  SELECT n, request, at, CASE WHEN code IN ('replay_detected', 'signature_invalid') THEN 'security' ELSE 'decision' END,
         'telemetry', 'agent-' || n % 40, CASE WHEN code = 'signature_invalid' THEN NULL ELSE tenant END, code, hash, hash,
         repeat(hash, 8), '{"operator_id":{"salt":"' || hash || '","value":"' || operator || '"},"subject":{"salt":"' || hash
         || '","value":"ev-' || n || '"},"tenant_id":{"salt":"' || hash || '","value":"' || tenant || '"}}', digest
    FROM made
)
INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type, source_system,
  severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
  attestation_measurement_hash, attestation_synthetic, asset_ref, target_urn, fingerprint_verified, content_hash, accepted_at)
SELECT tenant, operator, 'ev-' || n, request, 0, 'cmp-1', 'HOST_LOG', 'windows',
       (ARRAY['info', 'low', 'medium', 'high', 'critical'])[1 + n * 7919 % 5], 'x', at, false,
       CASE WHEN n % 3 = 0 THEN ARRAY['T' || 1000 + n % 120, 'T1059.001'] ELSE ARRAY['T' || 1000 + n % 120] END, '{}',
       hash, hash, false, 'host', 'urn:target:host', true, digest, at
  FROM made WHERE code = 'accepted'`;
