import { createHash } from 'node:crypto';

/** Of 20: tenant 1 has most, tenant 20 one in a thousand. */
export function tenant(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Hashes that are there: of four events, of twenty, and of every 200th. */
export const SAMPLES = { fingerprint: hash('f100000'), attestation: hash('a20000'), shared: hash('shared') };

/**
 * SQL that fills events and findings with what makes lists slow: a tenant that has most, one that has next to nothing; values
 * that are frequent and evenly spread (severities, techniques), frequent and long ago (`cmp-old`, T1190, critical), and rare
 * (`cmp-rare`, T1499, op-1-3). Fifty events have the same moment, as those of one commit have.
 */
/** One at a time: the last may not be within a transaction. */
export function fillEvents(rows: number): readonly string[] {
  return [
    `SET LOCAL synchronous_commit = off; SET LOCAL search_path = federation;
INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type, source_system, severity,
    observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash, attestation_measurement_hash,
    attestation_synthetic, asset_ref, target_urn, fingerprint_verified, content_hash, accepted_at)
SELECT '00000000-0000-4000-8000-' || lpad(t::text, 12, '0'),
       'op-' || t || '-' || CASE WHEN r1 < 0.8 THEN 1 WHEN r1 < 0.999 THEN 2 ELSE 3 END,
       'nmap-' || left(encode(sha256(('e' || n)::bytea), 'hex'), 32), gen_random_uuid(), 0,
       CASE WHEN n < ${rows} * 0.1 AND r2 < 0.5 THEN 'cmp-old' WHEN n BETWEEN ${rows} / 2 AND ${rows} / 2 + 40 THEN 'cmp-rare'
            ELSE 'cmp-' || n * 20 / ${rows} END,
       'HOST_LOG', 'windows',
       CASE WHEN r3 < 0.6 THEN 'info' WHEN r3 < 0.85 THEN 'low' WHEN r3 < 0.95 THEN 'medium'
            WHEN n > ${rows} * 0.3 OR r3 < 0.98 THEN 'high' ELSE 'critical' END,
       at::text, at, false,
       CASE WHEN n BETWEEN ${rows} / 5 AND ${rows} / 5 + 10 THEN ARRAY['T1499']
            WHEN n < ${rows} * 0.15 AND r4 < 0.3 THEN ARRAY['T1190', 'T1059.001']
            ELSE ARRAY['T10' || lpad(floor(60 * r4 * r4 * r4)::int::text, 2, '0')]
                 || CASE WHEN r5 < 0.3 THEN ARRAY['T1110.00' || n % 4] ELSE '{}' END END,
       '{}', encode(sha256(('f' || n / 4)::bytea), 'hex'),
       encode(sha256((CASE WHEN n % 200 = 0 THEN 'shared' ELSE 'a' || n / 20 END)::bytea), 'hex'),
       false, 'host-' || n % 5000, 'urn:target:host:host-' || n % 5000, true, sha256(int8send(n)), at
  FROM (SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5,
               CASE WHEN n % 1000 = 999 THEN 20 WHEN n % 10 < 6 THEN 1 WHEN n % 10 < 8 THEN 2 ELSE 3 + n % 16 END AS t,
               timestamptz '2026-08-28 00:00Z' + interval '90 days' * (n / 50 * 50 / ${rows}.0) AS at
          FROM generate_series(1::bigint, ${rows}::bigint) AS n) AS made;
INSERT INTO findings (tenant_id, operator_id, finding_id, event_id, campaign_id, asset_ref, target_urn, severity, status, first_seen,
    last_seen, execution_fingerprint, attestation_measurement_hash)
SELECT tenant_id, operator_id, 'fnd-' || event_id, event_id, campaign_id, asset_ref, target_urn, severity,
       CASE WHEN random() < 0.02 THEN 'closed' ELSE 'open' END, observed_at, observed_at, execution_hash,
       attestation_measurement_hash
  FROM events WHERE severity IN ('high', 'critical');
`,
    'VACUUM (ANALYZE) federation.events',
    'VACUUM (ANALYZE) federation.findings',
  ];
}
