/** Valid bodies, as plain JS values, for tests that break one thing at a time. */

export const TENANT = '10000000-0000-0000-0000-00000000000A';
export const HASH = 'a1'.repeat(32);
export const FINGERPRINT = 'f2'.repeat(32);

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
export type JsonRecord = { [member: string]: Json };

export function telemetryEnvelope(): JsonRecord {
  return {
    operator_id: 'op-001',
    campaign_id: 'cmp-001',
    tenant_id: TENANT,
    execution_hash: FINGERPRINT,
    timestamp: 1_772_107_200,
    nonce: 'nonce-telemetry-00000001',
    signed_metadata: { tenant_id: TENANT, operator_id: 'op-001', campaign_id: 'cmp-001' },
    payload: {
      event_id: 'evt-1',
      event_type: 'PORT_OPEN',
      source_system: 'nmap',
      severity: ' High ',
      observed_at: '2026-02-26T12:00:00+00:00',
      mitre_techniques: ['t1046', ' T1059.001 '],
      mitre_tactics: ['ta0007'],
      description: 'a port',
      attributes: {
        attestation_measurement_hash: HASH,
        schema_version: '1.0',
        asset_ref: 'host-a',
        anything: { nested: [1, 2.5] },
      },
    },
  };
}

export function contractV2(): JsonRecord {
  return {
    execution: {
      execution_id: 'x-1',
      lifecycle_state: 'succeeded',
      previous_lifecycle_state: 'running',
      started_at: '2026-02-26T12:00:00Z',
      completed_at: '2026-02-26T12:00:01Z',
      failure_reason: null,
      correlation_id: 'corr',
    },
    asset: {
      asset_id: 'a-1',
      asset_ref: 'host-a',
      hostname: 'h',
      ip_address: '10.0.0.5',
      platform: null,
      environment: 'lab',
    },
    identity: { principal_id: 'p', principal_type: 'user', privilege_level: 'root', account_domain: null },
    ttp: { technique_id: 'T1059.001', tactic_id: 'TA0002', subtechnique_id: 'T1059.001', procedure: null },
    detection: {
      detected: true,
      detection_source: 'edr',
      detection_latency_seconds: 5,
      alert_id: null,
      alert_severity: 'high',
    },
    response: {
      responded: false,
      response_action: null,
      response_latency_seconds: null,
      containment_latency_seconds: 0,
      contained: false,
    },
    control: {
      control_id: 'c',
      control_type: 'edr',
      control_vendor: null,
      control_version: '1',
      effectiveness_score: 0.5,
    },
  };
}

export function executionGraph(): JsonRecord {
  return {
    operator_id: 'op-001',
    tenant_id: TENANT,
    execution_fingerprint: FINGERPRINT.toUpperCase(),
    timestamp: 1_772_107_200,
    nonce: 'nonce-graph-00000001',
    schema_version: 'execution.graph.v1',
    attestation_measurement_hash: HASH,
    graph: { target_urn: 'urn:target:ip:10.0.0.5', nodes: [], edges: 'free' },
  };
}

export function feedbackQuery(): JsonRecord {
  return {
    operator_id: 'op-001',
    tenant_id: TENANT,
    timestamp: 1_772_107_200,
    nonce: 'nonce-query-00000001',
    limit: 5,
  };
}

export function adjustment(): JsonRecord {
  return {
    tenant_id: TENANT,
    execution_fingerprint: FINGERPRINT,
    target_urn: 'urn:target:ip:10.0.0.5',
    action: 'deny',
    confidence: 0.82,
    rationale: 'because',
    control: 'execution',
    ttl_seconds: 1800,
    timestamp: 1_772_107_200,
    schema_version: 'feedback.adjustment.v1',
    attestation_measurement_hash: HASH,
  };
}

export function evidenceBundle(): JsonRecord {
  return {
    bundle: {
      operator_id: 'op-001',
      campaign_id: 'cmp-001',
      execution_hash: FINGERPRINT,
      timestamp: 1_772_107_200,
      nonce: 'nonce-federation-00000001',
      signature: Buffer.alloc(64, 7).toString('base64'),
    },
  };
}

/** Seventy-six bytes in base64: four of the key id, eight of time, sixty-four of signature. */
export function auditCosignature(): JsonRecord {
  return {
    size: 1_200,
    cosignature: `\u2014 spectrastrike-agent-01 ${Buffer.alloc(76, 7).toString('base64')}`,
    timestamp: 1_772_107_200,
    nonce: 'nonce-federation-00000001',
  };
}

/** A copy with the member at the pointer replaced, or removed where the value is undefined. */
export function changed(base: JsonRecord, pointer: string, value: Json | undefined): JsonRecord {
  const copy = structuredClone(base);
  const steps = pointer.slice(1).split('/');
  const last = steps.pop() ?? '';
  let at: Json = copy;
  for (const step of steps) {
    at = (at as JsonRecord)[step] as Json;
  }
  if (value === undefined) {
    delete (at as JsonRecord)[last];
  } else {
    (at as JsonRecord)[last] = value;
  }
  return copy;
}
