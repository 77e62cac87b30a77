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
AS $$
DECLARE
  trust bigint;
  clock timestamptz;
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
  SELECT array_agg(CASE WHEN r.version = trust THEN 0 ELSE 1 END::smallint ORDER BY r.i), array_agg(0 ORDER BY r.i)
    INTO verdicts, retry_after
    FROM unnest(r_trust) WITH ORDINALITY AS r(version, i);

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
  END IF;

  -- Nonces. The counter's row is the identity's turnstile: it makes the bound exact and two flushes with the same
  -- nonces meet here, not half-way through them.
  SELECT count(*) INTO wanted
    FROM unnest(r_nonce, verdicts) AS r(nonce, verdict) WHERE r.nonce IS NOT NULL AND r.verdict = 0;
  IF wanted > 0 THEN
    WITH counted AS (
      INSERT INTO nonce_counters AS counter (identity, living)
      SELECT r.identity COLLATE "C", count(*)
        FROM unnest(r_identity, r_nonce, verdicts) AS r(identity, nonce, verdict)
       WHERE r.nonce IS NOT NULL AND r.verdict = 0
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
    END IF;

    -- Check and consume in one statement. Only a nonce that has expired may be claimed again.
    clock := clock_timestamp();
    WITH claims AS (
      INSERT INTO nonces AS living (identity, nonce, request_id, expires_at)
      SELECT DISTINCT ON (r.identity COLLATE "C", r.nonce COLLATE "C") r.identity, r.nonce, r.id,
             greatest(clock, to_timestamp(r.seconds)) + make_interval(secs => nonce_ttl)
        FROM unnest(r_identity, r_nonce, r_id, r_nonce_timestamp, verdicts) WITH ORDINALITY
          AS r(identity, nonce, id, seconds, verdict, i)
       WHERE r.nonce IS NOT NULL AND r.verdict = 0
       ORDER BY r.identity COLLATE "C", r.nonce COLLATE "C", r.i
      ON CONFLICT (identity, nonce) DO UPDATE
        SET request_id = excluded.request_id, expires_at = excluded.expires_at
        WHERE living.expires_at <= clock
      RETURNING living.identity, living.request_id, (living.xmax = 0) AS fresh
    )
    SELECT array_agg(claims.request_id), array_agg(claims.identity) FILTER (WHERE claims.fresh), count(*)
      INTO claimed, born, got FROM claims;
    IF got < wanted THEN
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
  SELECT array_agg(CASE WHEN verdicts[item.request] <> 0 THEN 0 WHEN item.code IS NULL THEN 1 ELSE 4 END::smallint
           ORDER BY item.n),
         count(*) FILTER (WHERE verdicts[item.request] = 0 AND item.code IS NULL)
    INTO fates, wanted
    FROM unnest(i_request, i_code) WITH ORDINALITY AS item(request, code, n);
  IF wanted > 0 THEN
    INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type,
      source_system, severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
      attestation_measurement_hash, attestation_synthetic, asset_ref, target_urn, intent_id, fingerprint_verified,
      content_hash, accepted_at)
    SELECT DISTINCT ON (e.tenant COLLATE "C", e.operator COLLATE "C", e.event COLLATE "C")
           e.tenant, e.operator, e.event, r_id[e.request], e.index, e.campaign, e.type, e.source, e.severity,
           e.observed_text, e.observed, e.assumed, e.techniques::text[], e.tactics::text[], e.execution, e.attestation,
           e.synthetic, e.asset, e.target, e.intent, e.verified, substring(i_content FROM e.n::int * 32 - 31 FOR 32),
           clock
      FROM unnest(i_request, i_index, i_tenant, i_operator, i_event, i_campaign, i_type, i_source, i_severity,
                  i_observed_text, i_observed, i_assumed, i_techniques, i_tactics, i_execution, i_attestation,
                  i_synthetic, i_asset, i_target, i_intent, i_verified, fates) WITH ORDINALITY
        AS e(request, index, tenant, operator, event, campaign, type, source, severity, observed_text, observed,
             assumed, techniques, tactics, execution, attestation, synthetic, asset, target, intent, verified, fate, n)
     WHERE e.fate = 1
     ORDER BY e.tenant COLLATE "C", e.operator COLLATE "C", e.event COLLATE "C", e.n
    ON CONFLICT (tenant_id, operator_id, event_id) DO NOTHING;
    GET DIAGNOSTICS got = ROW_COUNT;
    IF got < wanted THEN
      SELECT array_agg(CASE WHEN item.fate <> 1 THEN item.fate
                            WHEN stored.request_id = r_id[item.request] AND stored.evidence_index = item.index THEN 1
                            WHEN stored.content_hash = substring(i_content FROM item.n::int * 32 - 31 FOR 32) THEN 2
                            ELSE 3 END::smallint ORDER BY item.n)
        INTO fates
        FROM unnest(i_request, i_index, i_tenant, i_operator, i_event, fates) WITH ORDINALITY
          AS item(request, index, tenant, operator, event, fate, n)
        LEFT JOIN LATERAL (SELECT e.request_id, e.evidence_index, e.content_hash FROM events AS e
                            WHERE e.tenant_id = item.tenant AND e.operator_id = item.operator
                              AND e.event_id = item.event OFFSET 0) AS stored ON true;
    END IF;
    INSERT INTO findings (tenant_id, operator_id, finding_id, event_id, campaign_id, asset_ref, target_urn, severity,
      status, first_seen, last_seen, execution_fingerprint, attestation_measurement_hash)
    SELECT f.tenant, f.operator, f.finding, f.event, f.campaign, f.asset, f.target, f.severity, f.status, f.observed,
           f.observed, f.execution, f.attestation
      FROM unnest(i_tenant, i_operator, i_finding, i_event, i_campaign, i_asset, i_target, i_severity, i_status,
                  i_observed, i_execution, i_attestation, fates)
        AS f(tenant, operator, finding, event, campaign, asset, target, severity, status, observed, execution,
             attestation, fate)
     WHERE f.fate = 1 AND f.finding IS NOT NULL
     ORDER BY f.tenant COLLATE "C", f.operator COLLATE "C", f.finding COLLATE "C";
  END IF;

  -- Evidence: the exact bytes, where anything of them is stored. Items of request i are first..first+count-1.
  SELECT array_agg(CASE WHEN r.verdict <> 0 THEN false WHEN r.kind = 2 THEN true WHEN r.kind <> 1 THEN false
                        WHEN r.items = 1 THEN fates[r.first] = 1
                        ELSE EXISTS (SELECT FROM generate_series(r.first, r.first + r.items - 1) AS n
                                      WHERE fates[n] = 1) END ORDER BY r.i)
    INTO has_new
    FROM unnest(verdicts, r_kind, r_first_item, r_items) WITH ORDINALITY AS r(verdict, kind, first, items, i);
  INSERT INTO evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid,
    public_key, signature, header_timestamp, nonce, body, body_sha256)
  SELECT r.tenant, r.id, r.received, r.endpoint, r.identity, r.peer, r.operator, r.kid,
         substring(r_vouch FROM r.i::int * 128 - 127 FOR 32), substring(r_vouch FROM r.i::int * 128 - 95 FOR 64),
         r.seconds, r.nonce, substring(r_bodies FROM r.start FOR r.length),
         substring(r_vouch FROM r.i::int * 128 - 31 FOR 32)
    FROM unnest(r_tenant, r_id, r_received, r_endpoint, r_identity, r_peer, r_operator, r_evidence_kid,
                r_evidence_timestamp, r_evidence_nonce, r_body_start, r_body_length, has_new) WITH ORDINALITY
      AS r(tenant, id, received, endpoint, identity, peer, operator, kid, seconds, nonce, start, length, is_new, i)
   WHERE r.is_new;

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
     WHERE r.verdict = 0 AND r.kind IN (0, 1) AND NOT r.is_new AND r.bytes IS NOT NULL
  )
  INSERT INTO refused_bodies (tenant_id, request_id, code, received_at, body, body_bytes, truncated)
  SELECT refused.tenant, refused.id, refused.code, refused.received, refused.body, refused.bytes, refused.bytes > 65536
    FROM refused WHERE refused.code IS NOT NULL;
  GET DIAGNOSTICS got = ROW_COUNT;
  IF got > 0 THEN
    FOR refused_tenant IN
      SELECT DISTINCT coalesce(r.tenant, '') FROM unnest(r_tenant, r_kind, verdicts, has_new)
          AS r(tenant, kind, verdict, is_new)
       WHERE r.verdict = 0 AND r.kind IN (0, 1) AND NOT r.is_new ORDER BY 1
    LOOP
      PERFORM cap_refused_bodies(refused_tenant);
    END LOOP;
  END IF;

  -- The log, last, because its head is one row for everybody.
  WITH chosen AS (
    SELECT c.n FROM unnest(c_request, c_if_alive, c_if_replay) WITH ORDINALITY AS c(request, if_alive, if_replay, n)
     WHERE CASE verdicts[c.request] WHEN 0 THEN c.if_alive WHEN 4 THEN c.if_replay ELSE false END
  )
  SELECT count(*) INTO wanted FROM chosen;
  leaves := ''::bytea;
  IF wanted > 0 THEN
    SELECT head.size INTO STRICT first_sequence FROM audit_head AS head FOR UPDATE;
    clock := date_trunc('milliseconds', clock_timestamp());
    recorded := audit_time(clock);
    WITH chosen AS (
      SELECT c.*, r_id[c.request] AS request_id, first_sequence + row_number() OVER (ORDER BY c.n) - 1 AS sequence,
             CASE WHEN verdicts[c.request] = 4 THEN 'security' WHEN c.item = 0 THEN c.class
                  WHEN fates[c.item] = 3 THEN 'security' WHEN fates[c.item] = 4 THEN c.class
                  ELSE 'decision' END AS decided_class,
             CASE WHEN verdicts[c.request] = 4 THEN 'replay_detected' WHEN c.item = 0 THEN c.code
                  ELSE CASE fates[c.item] WHEN 1 THEN 'accepted' WHEN 2 THEN 'duplicate' WHEN 3 THEN 'event_conflict'
                       ELSE c.code END END AS decided_code
        FROM unnest(c_request, c_item, c_if_alive, c_if_replay, c_class, c_code, c_action, c_actor, c_tenant, c_kid,
                    c_peer, c_head, c_middle, c_disclosure) WITH ORDINALITY
          AS c(request, item, if_alive, if_replay, class, code, action, actor, tenant, kid, peer, head, middle,
               disclosure, n)
       WHERE CASE verdicts[c.request] WHEN 0 THEN c.if_alive WHEN 4 THEN c.if_replay ELSE false END
    ), written AS (
      INSERT INTO audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256,
                             entry, disclosure, leaf_hash)
      SELECT e.sequence, e.request_id, clock, e.decided_class, e.action, e.actor, e.tenant, e.decided_code, e.kid, e.peer,
             e.entry, e.disclosure, sha256('\\x00'::bytea || convert_to(e.entry, 'UTF8'))
        FROM (SELECT chosen.*, audit_entry(chosen.head, chosen.decided_class, chosen.decided_code, chosen.middle,
                       recorded, chosen.request_id, chosen.sequence) AS entry FROM chosen) AS e
      RETURNING sequence, leaf_hash
    )
    SELECT string_agg(written.leaf_hash, ''::bytea ORDER BY written.sequence) INTO leaves FROM written;
    UPDATE audit_head SET size = first_sequence + wanted;
  END IF;
END
$$;
REVOKE ALL ON FUNCTION commit_requests_v1(${COMMIT_PARAMETERS.map(([, type]) => type).join(', ')}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION commit_requests_v1(${COMMIT_PARAMETERS.map(([, type]) => type).join(', ')})
  TO vectorvue_serve;
`,
};
