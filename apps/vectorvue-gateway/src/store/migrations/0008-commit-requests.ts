import { COMMIT_PARAMETERS } from './commit-parameters.ts';
import type { Migration } from './migration.ts';

/**
 * The commit of a flush: one call, one transaction, arrays throughout (ARCHITECTURE.md, Group commit). Request i of
 * the flush is element i of the r_ arrays, item n element n of the i_ arrays (in the order of the requests), audit
 * candidate n element n of the c_ arrays; all counted from 1. Bytes come as blobs that are cut here.
 *
 * Order, which is also the order of locks and so is the same in every flush: trust (shared), buckets, counters,
 * nonces, events, findings, adjustments, head of the log; within a table sorted by key.
 *
 * verdicts per request: 0 goes on, 1 trust changed, 2 rate-limited, 3 nonce limit, 4 replay.
 * fates per item: 0 not judged, 1 accepted, 2 duplicate, 3 conflict, 4 rejected.
 */
export const commitRequests: Migration = {
  id: 8,
  name: 'commit-requests',
  plan: 'Creates the function of the commit. New objects only.',
  as: 'migrate',
  sql: `
CREATE FUNCTION commit_requests_v1(
  ${COMMIT_PARAMETERS.map(([name, type]) => `${name} ${type}`).join(',\n  ')},
  OUT verdicts smallint[],
  OUT retry_after int[],
  OUT fates smallint[],
  OUT first_sequence bigint,
  OUT leaves bytea
)
LANGUAGE plpgsql
SET search_path = federation, pg_temp
-- Estimates of arrays are guesses and tables may never have been analysed: keys are looked up, whatever they say.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
-- Never worth it for statements of a millisecond, and the same guesses would have it tried.
SET jit = off
AS $$
DECLARE
  trust bigint;
  clock timestamptz;
  requests int := cardinality(r_id);
  items int := cardinality(i_request);
  all_alive boolean;
  all_new boolean := true;
  wanted int;
  got int;
  beyond boolean;
  claimed uuid[];
  born text[];
  has_new boolean[];
  refused_tenant text;
  recorded text;
BEGIN
  -- Judged by the trust that stands now. Writers of trust hold this alone: a revocation waits for what is under way,
  -- and what comes after it sees the new version.
  PERFORM pg_advisory_xact_lock_shared(7310100);
  SELECT state.version INTO STRICT trust FROM trust_state AS state;
  clock := clock_timestamp();
  verdicts := array_fill(0::smallint, ARRAY[requests]);
  retry_after := array_fill(0, ARRAY[requests]);
  all_alive := cardinality(array_positions(r_trust, trust)) = requests;
  IF NOT all_alive THEN
    SELECT array_agg(CASE WHEN r.version = trust THEN 0 ELSE 1 END::smallint ORDER BY r.i)
      INTO verdicts
      FROM unnest(r_trust) WITH ORDINALITY AS r(version, i);
  END IF;

  -- Operator buckets: refilled, then asked in order. Tokens only fall within a flush, so a request is admitted if
  -- one token is left after all that were asked before it, admitted or not; it may take the bucket into debt.
  IF rate_per_minute > 0 AND EXISTS (SELECT FROM unnest(r_cost) AS r(cost) WHERE r.cost IS NOT NULL) THEN
    INSERT INTO operator_buckets AS bucket (operator_id, scope, tokens, updated_at)
    SELECT r.operator COLLATE "C", r.scope COLLATE "C", rate_per_minute, clock
      FROM unnest(r_operator, r_scope, verdicts) AS r(operator, scope, verdict)
     WHERE r.scope IS NOT NULL AND r.verdict = 0
     GROUP BY 1, 2
     ORDER BY 1, 2
    ON CONFLICT (operator_id, scope) DO UPDATE
      SET tokens = least(rate_per_minute, bucket.tokens
            + greatest(0, extract(epoch FROM clock - bucket.updated_at)::double precision) * rate_per_minute / 60),
          updated_at = greatest(bucket.updated_at, clock);
    WITH asked AS (
      SELECT r.i, r.operator, r.scope, r.cost,
             bucket.tokens - coalesce(sum(r.cost) OVER (PARTITION BY r.operator, r.scope ORDER BY r.i
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS tokens
        FROM unnest(r_operator, r_scope, r_cost, verdicts) WITH ORDINALITY AS r(operator, scope, cost, verdict, i)
        JOIN operator_buckets AS bucket ON bucket.operator_id = r.operator AND bucket.scope = r.scope
       WHERE r.scope IS NOT NULL AND r.verdict = 0
    ), taken AS (
      UPDATE operator_buckets AS bucket SET tokens = bucket.tokens - a.cost
        FROM (SELECT operator, scope, sum(cost) AS cost FROM asked WHERE tokens >= 1 GROUP BY 1, 2) AS a
       WHERE bucket.operator_id = a.operator AND bucket.scope = a.scope
    )
    SELECT array_agg(CASE WHEN a.tokens < 1 THEN 2 ELSE r.verdict END::smallint ORDER BY r.i),
           array_agg(CASE WHEN a.tokens < 1 THEN greatest(1, ceil((1 - greatest(a.tokens, a.floor)) * 60 / rate_per_minute))
                          ELSE 0 END::int ORDER BY r.i)
      INTO verdicts, retry_after
      FROM unnest(verdicts) WITH ORDINALITY AS r(verdict, i)
      LEFT JOIN (SELECT asked.*, max(tokens) FILTER (WHERE tokens < 1) OVER (PARTITION BY operator, scope) AS floor
                   FROM asked) AS a ON a.i = r.i;
    all_alive := cardinality(array_positions(verdicts, 0::smallint)) = requests;
  END IF;

  -- Nonces. The counter's row is the identity's turnstile: it makes the bound exact and two flushes with the same
  -- nonces meet here, not half-way through them.
  wanted := requests - cardinality(array_positions(r_nonce, NULL));
  IF NOT all_alive THEN
    SELECT count(*) INTO wanted
      FROM unnest(r_nonce, verdicts) AS r(nonce, verdict) WHERE r.nonce IS NOT NULL AND r.verdict = 0;
  END IF;
  IF wanted > 0 THEN
    WITH counted AS (
      INSERT INTO nonce_counters AS counter (identity, living)
      SELECT r_identity[i] COLLATE "C", count(*)
        FROM generate_series(1, requests) AS i
       WHERE r_nonce[i] IS NOT NULL AND verdicts[i] = 0
       GROUP BY 1
       ORDER BY 1
      ON CONFLICT (identity) DO UPDATE SET living = counter.living + excluded.living
      RETURNING counter.living
    )
    SELECT bool_or(counted.living > nonce_limit) INTO beyond FROM counted;
    IF beyond THEN
      -- Perhaps only because the sweeper's work has not been taken off yet.
      WITH swept AS (
        DELETE FROM nonce_sweeps AS sweep
         USING (SELECT DISTINCT r.identity COLLATE "C" AS identity FROM unnest(r_identity) AS r(identity)) AS held
         WHERE sweep.identity = held.identity
         RETURNING sweep.identity, sweep.removed
      )
      UPDATE nonce_counters AS counter SET living = counter.living - total.removed
        FROM (SELECT swept.identity, sum(swept.removed)::bigint AS removed FROM swept GROUP BY 1) AS total
       WHERE counter.identity = total.identity;
      WITH ranked AS (
        SELECT r.i, counter.living - count(*) OVER (PARTITION BY r.identity)
                 + row_number() OVER (PARTITION BY r.identity ORDER BY r.i) AS place, r.identity
          FROM unnest(r_identity, r_nonce, verdicts) WITH ORDINALITY AS r(identity, nonce, verdict, i)
          JOIN nonce_counters AS counter ON counter.identity = r.identity
         WHERE r.nonce IS NOT NULL AND r.verdict = 0
      ), given_back AS (
        UPDATE nonce_counters AS counter SET living = counter.living - turned_away.n
          FROM (SELECT identity, count(*) AS n FROM ranked WHERE place > nonce_limit GROUP BY 1) AS turned_away
         WHERE counter.identity = turned_away.identity
      )
      SELECT array_agg(CASE WHEN ranked.place > nonce_limit THEN 3 ELSE r.verdict END::smallint ORDER BY r.i),
             array_agg(CASE WHEN ranked.place > nonce_limit THEN nonce_ttl ELSE r.retry END ORDER BY r.i)
        INTO verdicts, retry_after
        FROM unnest(verdicts, retry_after) WITH ORDINALITY AS r(verdict, retry, i)
        LEFT JOIN ranked ON ranked.i = r.i;
      SELECT count(*) INTO wanted
        FROM unnest(r_nonce, verdicts) AS r(nonce, verdict) WHERE r.nonce IS NOT NULL AND r.verdict = 0;
      all_alive := false;
    END IF;

    -- Check and consume in one statement. Only a nonce that has expired may be claimed again.
    clock := clock_timestamp();
    WITH claims AS (
      INSERT INTO nonces AS living (identity, nonce, request_id, expires_at)
      SELECT r.identity, r.nonce, r_id[r.i],
             greatest(clock, to_timestamp(r_nonce_timestamp[r.i])) + make_interval(secs => nonce_ttl)
        FROM (SELECT DISTINCT ON (1, 2) r_identity[i] COLLATE "C" AS identity, r_nonce[i] COLLATE "C" AS nonce, i
                FROM generate_series(1, requests) AS i
               WHERE r_nonce[i] IS NOT NULL AND verdicts[i] = 0
               ORDER BY 1, 2, 3) AS r
      ON CONFLICT (identity, nonce) DO UPDATE
        SET request_id = excluded.request_id, expires_at = excluded.expires_at
        WHERE living.expires_at <= clock
      RETURNING living.identity, living.request_id, (living.xmax = 0) AS fresh
    )
    SELECT array_agg(claims.request_id), array_agg(claims.identity) FILTER (WHERE claims.fresh), count(*)
      INTO claimed, born, got FROM claims;
    IF got < wanted THEN
      all_alive := false;
      SELECT array_agg(CASE WHEN r.verdict = 0 AND r.nonce IS NOT NULL AND c.id IS NULL THEN 4 ELSE r.verdict END
               ::smallint ORDER BY r.i)
        INTO verdicts
        FROM unnest(verdicts, r_nonce, r_id) WITH ORDINALITY AS r(verdict, nonce, id, i)
        LEFT JOIN unnest(claimed) AS c(id) ON c.id = r.id;
    END IF;
    IF coalesce(cardinality(born), 0) < wanted THEN
      -- Counted above, but no new row: a replay, or an expired nonce whose row was taken over.
      UPDATE nonce_counters AS counter SET living = counter.living - counted.n + coalesce(new_rows.n, 0)
        FROM (SELECT r.identity, count(*) AS n FROM unnest(r_identity, r_nonce, verdicts) AS r(identity, nonce, verdict)
               WHERE r.nonce IS NOT NULL AND r.verdict IN (0, 4) GROUP BY 1) AS counted
        LEFT JOIN (SELECT b.identity, count(*) AS n FROM unnest(born) AS b(identity) GROUP BY 1) AS new_rows
          ON new_rows.identity = counted.identity
       WHERE counter.identity = counted.identity AND counted.n > coalesce(new_rows.n, 0);
    END IF;
  END IF;

  -- Events. What was there first stands; what came second is compared with it, also within this flush.
  IF all_alive AND cardinality(array_positions(i_code, NULL)) = items THEN
    fates := array_fill(1::smallint, ARRAY[items]);
    wanted := items;
  ELSE
    all_new := false;
    SELECT array_agg(CASE WHEN verdicts[item.request] <> 0 THEN 0 WHEN item.code IS NULL THEN 1 ELSE 4 END::smallint
             ORDER BY item.n),
           count(*) FILTER (WHERE verdicts[item.request] = 0 AND item.code IS NULL)
      INTO fates, wanted
      FROM unnest(i_request, i_code) WITH ORDINALITY AS item(request, code, n);
  END IF;
  IF wanted > 0 THEN
    INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type,
      source_system, severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
      attestation_measurement_hash, attestation_synthetic, asset_ref, target_urn, intent_id, fingerprint_verified,
      content_hash, accepted_at)
    SELECT e.tenant, e.operator, e.event, r_id[i_request[n]], i_index[n], i_campaign[n], i_type[n], i_source[n],
           i_severity[n], i_observed_text[n], i_observed[n], i_assumed[n], i_techniques[n]::text[],
           i_tactics[n]::text[], i_execution[n], i_attestation[n], i_synthetic[n], i_asset[n], i_target[n],
           i_intent[n], i_verified[n], substring(i_content FROM n * 32 - 31 FOR 32), clock
      FROM (SELECT DISTINCT ON (1, 2, 3) r_tenant[i_request[n]] COLLATE "C" AS tenant,
                   r_operator[i_request[n]] COLLATE "C" AS operator, i_event[n] COLLATE "C" AS event, n
              FROM generate_series(1, items) AS n
             WHERE fates[n] = 1
             ORDER BY 1, 2, 3, 4) AS e
    ON CONFLICT (tenant_id, operator_id, event_id) DO NOTHING;
    GET DIAGNOSTICS got = ROW_COUNT;
    IF got < wanted THEN
      all_new := false;
      SELECT array_agg(CASE WHEN item.fate <> 1 THEN item.fate
                            WHEN stored.request_id = r_id[item.request] AND stored.evidence_index = item.index THEN 1
                            WHEN stored.content_hash = substring(i_content FROM item.n::int * 32 - 31 FOR 32) THEN 2
                            ELSE 3 END::smallint ORDER BY item.n)
        INTO fates
        FROM unnest(i_request, i_index, i_event, fates) WITH ORDINALITY AS item(request, index, event, fate, n)
        LEFT JOIN LATERAL (SELECT e.request_id, e.evidence_index, e.content_hash FROM events AS e
                            WHERE e.tenant_id = r_tenant[item.request] AND e.operator_id = r_operator[item.request]
                              AND e.event_id = item.event OFFSET 0) AS stored ON true;
    END IF;
    IF cardinality(array_positions(i_finding, NULL)) < items THEN
      INSERT INTO findings (tenant_id, operator_id, finding_id, event_id, campaign_id, asset_ref, target_urn, severity,
        status, first_seen, last_seen, execution_fingerprint, attestation_measurement_hash)
      SELECT f.tenant, f.operator, f.finding, i_event[n], i_campaign[n], i_asset[n], i_target[n], i_severity[n],
             i_status[n], i_observed[n], i_observed[n], i_execution[n], i_attestation[n]
        FROM (SELECT r_tenant[i_request[n]] COLLATE "C" AS tenant, r_operator[i_request[n]] COLLATE "C" AS operator,
                     i_finding[n] COLLATE "C" AS finding, n
                FROM generate_series(1, items) AS n
               WHERE fates[n] = 1 AND i_finding[n] IS NOT NULL
               ORDER BY 1, 2, 3) AS f;
    END IF;
  END IF;

  -- Evidence: the exact bytes, where anything of them is stored. Items of request i are first..first+count-1.
  IF NOT all_new THEN
    SELECT array_agg(CASE WHEN r.verdict <> 0 THEN false WHEN r.kind = 2 THEN true WHEN r.kind <> 1 THEN false
                          WHEN r.items = 1 THEN fates[r.first] = 1
                          ELSE EXISTS (SELECT FROM generate_series(r.first, r.first + r.items - 1) AS n
                                        WHERE fates[n] = 1) END ORDER BY r.i)
      INTO has_new
      FROM unnest(verdicts, r_kind, r_first_item, r_items) WITH ORDINALITY AS r(verdict, kind, first, items, i);
  END IF;
  INSERT INTO evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid,
    public_key, signature, header_timestamp, nonce, body, body_sha256)
  SELECT r_tenant[i], r_id[i], r_received[i], r_endpoint[i], r_identity[i], r_peer[i], r_operator[i],
         r_evidence_kid[i], substring(r_vouch FROM i * 128 - 127 FOR 32), substring(r_vouch FROM i * 128 - 95 FOR 64),
         r_evidence_timestamp[i], r_evidence_nonce[i], substring(r_bodies FROM r_body_start[i] FOR r_body_length[i]),
         substring(r_vouch FROM i * 128 - 31 FOR 32)
    FROM generate_series(1, requests) AS i
   WHERE CASE WHEN all_new THEN r_kind[i] = 2 OR r_kind[i] = 1 AND r_items[i] > 0 ELSE has_new[i] END;

  IF cardinality(g_request) > 0 THEN
    INSERT INTO graphs (tenant_id, request_id, operator_id, execution_fingerprint, attestation_measurement_hash,
      target_urn, node_count, accepted_at)
    SELECT r_tenant[g.request], r_id[g.request], r_operator[g.request], g.fingerprint, g.attestation, g.target,
           g.nodes, clock
      FROM unnest(g_request, g_fingerprint, g_attestation, g_target, g_nodes)
        AS g(request, fingerprint, attestation, target, nodes)
     WHERE verdicts[g.request] = 0;
  END IF;

  IF cardinality(a_request) > 0 THEN
    -- A finding that is being closed keeps its adjustments withdrawn: it is locked until this is over.
    PERFORM FROM findings AS f
      JOIN (SELECT DISTINCT r_tenant[a.request] AS tenant, regexp_replace(a.cause_id, '/[^/]*$', '') AS operator,
                   regexp_replace(a.cause_id, '^.*/', '') AS finding
              FROM unnest(a_request, a_cause, a_cause_id) AS a(request, cause, cause_id)
             WHERE a.cause = 'finding' AND verdicts[a.request] = 0) AS wanted_finding
        ON f.tenant_id = wanted_finding.tenant AND f.operator_id = wanted_finding.operator
       AND f.finding_id = wanted_finding.finding
     ORDER BY f.tenant_id, f.operator_id, f.finding_id
       FOR SHARE OF f;
    INSERT INTO adjustments AS adjustment (tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds,
      issued_at, expires_at, execution_fingerprint, attestation_measurement_hash, cause, cause_id, rule_id)
    SELECT DISTINCT ON (d.tenant, d.cause, d.cause_id, d.rule, d.action, d.target)
           d.tenant, d.target, d.action, d.confidence, d.rationale, d.control, d.ttl, d.issued, d.issued + d.ttl,
           d.fingerprint, d.attestation, d.cause, d.cause_id, d.rule
      FROM (
        SELECT r_tenant[a.request] COLLATE "C" AS tenant, a.target COLLATE "C" AS target, a.action COLLATE "C" AS action,
               a.confidence, a.rationale, a.control, a.ttl, a.issued, a.fingerprint, a.attestation,
               a.cause COLLATE "C" AS cause, a.cause_id COLLATE "C" AS cause_id, a.rule COLLATE "C" AS rule, a.n
          FROM unnest(a_request, a_target, a_action, a_confidence, a_rationale, a_control, a_ttl, a_issued,
                      a_fingerprint, a_attestation, a_cause, a_cause_id, a_rule) WITH ORDINALITY
            AS a(request, target, action, confidence, rationale, control, ttl, issued, fingerprint, attestation, cause,
                 cause_id, rule, n)
         WHERE verdicts[a.request] = 0
      ) AS d
     WHERE d.cause <> 'finding'
        OR EXISTS (SELECT FROM findings AS f
                    WHERE f.tenant_id = d.tenant AND f.operator_id = regexp_replace(d.cause_id, '/[^/]*$', '')
                      AND f.finding_id = regexp_replace(d.cause_id, '^.*/', '') AND f.status IN ('open', 'triaged'))
     ORDER BY d.tenant, d.cause, d.cause_id, d.rule, d.action, d.target, d.issued DESC, d.n DESC
    ON CONFLICT (tenant_id, cause, cause_id, rule_id, action, hashtextextended(target_urn, 0),
                 hashtextextended(target_urn, 1)) DO UPDATE
      SET confidence = excluded.confidence, rationale = excluded.rationale, control = excluded.control,
          ttl_seconds = excluded.ttl_seconds, issued_at = excluded.issued_at, expires_at = excluded.expires_at,
          execution_fingerprint = excluded.execution_fingerprint,
          attestation_measurement_hash = excluded.attestation_measurement_hash, withdrawn_at = NULL
      -- Two gateways with clocks a little apart must not shorten what the other promised.
      WHERE adjustment.issued_at <= excluded.issued_at;
  END IF;

  -- Bodies that were refused, or of which nothing was new and something was wrong: the first 64 KiB.
  IF NOT all_new OR cardinality(array_positions(r_kind, 0::smallint)) > 0 THEN
    WITH refused AS (
      SELECT coalesce(r.tenant, '') AS tenant, r.id, r.received,
             substring(r_bodies FROM r.start FOR least(r.length, 65536)) AS body, r.bytes,
             CASE WHEN r.kind = 0 THEN r.code
                  ELSE (SELECT CASE WHEN fates[n] = 3 THEN 'event_conflict' ELSE i_code[n] END
                          FROM generate_series(r.first, r.first + r.items - 1) AS n
                         WHERE fates[n] IN (3, 4) ORDER BY fates[n], n LIMIT 1) END AS code
        FROM unnest(r_tenant, r_id, r_received, r_kind, r_refusal, r_body_start, r_body_length, r_body_bytes, r_first_item,
                    r_items, verdicts, has_new) WITH ORDINALITY
          AS r(tenant, id, received, kind, code, start, length, bytes, first, items, verdict, is_new, i)
       WHERE r.verdict = 0 AND (r.kind = 0 OR r.kind = 1 AND NOT r.is_new) AND r.bytes IS NOT NULL
    )
    INSERT INTO refused_bodies (tenant_id, request_id, code, received_at, body, body_bytes, truncated)
    SELECT refused.tenant, refused.id, refused.code, refused.received, refused.body, refused.bytes, refused.bytes > 65536
      FROM refused WHERE refused.code IS NOT NULL;
    GET DIAGNOSTICS got = ROW_COUNT;
    IF got > 0 THEN
      FOR refused_tenant IN
        SELECT DISTINCT coalesce(r.tenant, '') FROM unnest(r_tenant, r_kind, verdicts, has_new)
            AS r(tenant, kind, verdict, is_new)
         WHERE r.verdict = 0 AND (r.kind = 0 OR r.kind = 1 AND NOT r.is_new) ORDER BY 1
      LOOP
        PERFORM cap_refused_bodies(refused_tenant);
      END LOOP;
    END IF;
  END IF;

  -- The log, last, because its head is one row for everybody.
  IF all_alive THEN
    wanted := cardinality(array_positions(c_if_alive, true));
  ELSE
    SELECT count(*) INTO wanted FROM generate_series(1, cardinality(c_request)) AS n
     WHERE CASE verdicts[c_request[n]] WHEN 0 THEN c_if_alive[n] WHEN 4 THEN c_if_replay[n] ELSE false END;
  END IF;
  leaves := ''::bytea;
  IF wanted > 0 THEN
    UPDATE audit_head AS head SET size = head.size + wanted RETURNING head.size - wanted INTO STRICT first_sequence;
    clock := date_trunc('milliseconds', clock_timestamp());
    recorded := audit_time(clock);
    WITH chosen AS (
      SELECT c.n, c.request, first_sequence + row_number() OVER (ORDER BY c.n) - 1 AS sequence,
             CASE WHEN c.verdict = 4 THEN 'security' WHEN c.fate = 3 THEN 'security'
                  WHEN c.fate IN (1, 2) THEN 'decision' ELSE c_class[c.n] END AS class,
             CASE WHEN c.verdict = 4 THEN 'replay_detected'
                  ELSE CASE c.fate WHEN 1 THEN 'accepted' WHEN 2 THEN 'duplicate' WHEN 3 THEN 'event_conflict'
                       ELSE c_code[c.n] END END AS code
        FROM (SELECT n, c_request[n] AS request, verdicts[c_request[n]] AS verdict,
                     CASE WHEN c_item[n] = 0 THEN 4 ELSE fates[c_item[n]] END AS fate
                FROM generate_series(1, cardinality(c_request)) AS n) AS c
       WHERE CASE c.verdict WHEN 0 THEN c_if_alive[c.n] WHEN 4 THEN c_if_replay[c.n] ELSE false END
    ), entered AS (
      -- OFFSET 0: the entry is put together once, and then both written and hashed.
      SELECT chosen.*, audit_entry(c_head[chosen.n], chosen.class, chosen.code, c_middle[chosen.n], recorded,
                                   r_id[chosen.request], chosen.sequence) AS entry
        FROM chosen OFFSET 0
    ), written AS (
      INSERT INTO audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256,
                             entry, disclosure, leaf_hash)
      SELECT e.sequence, r_id[e.request], clock, e.class, r_action[e.request], r_identity[e.request],
             r_tenant[e.request], e.code, r_kid[e.request], r_peer[e.request], e.entry, c_disclosure[e.n],
             sha256('\\x00'::bytea || convert_to(e.entry, 'UTF8'))
        FROM entered AS e
      RETURNING sequence, leaf_hash
    )
    SELECT string_agg(written.leaf_hash, ''::bytea ORDER BY written.sequence) INTO leaves FROM written;
  END IF;
END
$$;
REVOKE ALL ON FUNCTION commit_requests_v1(${COMMIT_PARAMETERS.map(([, type]) => type).join(', ')}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION commit_requests_v1(${COMMIT_PARAMETERS.map(([, type]) => type).join(', ')})
  TO vectorvue_serve;
`,
};
