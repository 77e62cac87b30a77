import { createHash } from 'node:crypto';
import { type Node, NumberToken, ObjectNode, type Plain, toTree } from '../json/tree.ts';
import type { Random } from '../random.ts';
import { OPERATOR, OPERATORS } from './facts.ts';

export type Endpoint = 'telemetry' | 'graph' | 'query' | 'bundle' | 'batch';

export const PATHS: Readonly<Record<Endpoint, string>> = {
  telemetry: '/internal/v1/telemetry',
  graph: '/internal/v1/cognitive/execution-graph',
  query: '/internal/v1/cognitive/feedback/adjustments/query',
  bundle: '/internal/v1/federation/verify',
  batch: '/internal/v1/telemetry/batch',
};

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A body that the gateway has to take, as a tree. `id` is of this case alone. */
export function validBody(
  endpoint: Endpoint,
  id: string,
  timestamp: number,
  nonce: string,
  random: Random,
): Node {
  const operator_id = random.chance(0.8) ? OPERATOR : 'op-fuzz-2';
  const tenant = OPERATORS[operator_id] ?? '';
  const tenant_id = random.chance(0.9) ? tenant : tenant.toUpperCase();
  const campaign_id = 'campaign-fuzz';
  switch (endpoint) {
    case 'query':
      return toTree({ operator_id, tenant_id, timestamp, nonce, limit: random.pick([1, 5, 50]) });
    case 'graph':
      return toTree({
        operator_id,
        tenant_id,
        execution_fingerprint: hex(id),
        timestamp,
        nonce,
        schema_version: 'execution.graph.v1',
        attestation_measurement_hash: hex('measurement'),
        graph: {
          target_urn: `urn:target:host:fuzz-${random.below(40)}`,
          nodes: Array.from({ length: random.below(10) }, (_, index) => ({
            id: `n${index}`,
            execution_fingerprint: hex(`${id}/${index}`),
            attestation_measurement_hash: hex('measurement'),
          })),
          edges: [['n0', 'n1']],
        },
      });
    case 'bundle':
      return toTree({
        bundle: {
          operator_id,
          campaign_id,
          execution_hash: hex(id),
          timestamp,
          nonce: `${nonce}-bundle`,
          signature: '',
        },
      });
    case 'batch':
      return toTree({
        operator_id,
        campaign_id,
        tenant_id,
        timestamp,
        nonce,
        signed_metadata: { tenant_id, operator_id, campaign_id },
        items: Array.from({ length: 1 + random.below(5) }, (_, index) => ({
          execution_hash: hex(id),
          payload: payload(`${id}-${index}`, random),
        })),
      } as unknown as Plain);
    case 'telemetry':
      return toTree({
        operator_id,
        campaign_id,
        tenant_id,
        execution_hash: hex(id),
        timestamp,
        nonce,
        signed_metadata: { tenant_id, operator_id, campaign_id },
        payload: payload(id, random),
      } as unknown as Plain);
  }
}

function payload(eventId: string, random: Random): Node {
  const attributes = toTree({
    attestation_measurement_hash: hex('measurement'),
    attestation_synthetic: true,
    schema_version: '1.0',
    asset_ref: '10.0.0.5',
    target_urn: `urn:target:ip:10.0.0.${random.below(30)}`,
    intent_id: 'intent-00000001',
    ports: [22, 80, 443],
    banner: 'Grüße \u{1f600} \u007f "quoted" \\ /',
    nested: { a: { b: [true, null, ''] } },
  }) as ObjectNode;
  attributes.set('file_id', new NumberToken('9214364837600034816'));
  attributes.set('score', new NumberToken('7.5'));
  if (random.chance(0.1)) {
    attributes.set('schema_version', '2.0');
    attributes.set('contract_v2', toTree(CONTRACT));
  }
  return new ObjectNode([
    ['event_id', eventId],
    ['event_type', random.pick(['EXECUTION_SUCCEEDED', 'LOGIN_FAILED', 'port.open'])],
    ['source_system', 'fuzz'],
    ['severity', random.pick(['info', 'low', 'medium', 'high', 'critical', ' High '])],
    ['observed_at', random.pick(['2026-11-23T15:00:04.123456789Z', '2026-11-23T15:00:00', '1700000000'])],
    ['mitre_techniques', toTree(random.pick([['T1059'], ['T1210', ' t1552.001 ']]))],
    ['mitre_tactics', toTree(['TA0002'])],
    ['description', 'Fuzzed event, nothing happened'],
    ['attributes', attributes],
  ]);
}

const CONTRACT = {
  execution: {
    execution_id: 'exec-1',
    lifecycle_state: 'succeeded',
    previous_lifecycle_state: 'running',
    started_at: '2026-11-23T15:00:00Z',
    completed_at: '2026-11-23T15:00:04Z',
    failure_reason: null,
  },
  asset: { asset_id: 'a-1', asset_ref: '10.0.0.5', hostname: 'host' },
  identity: { principal_id: 'p', principal_type: 'user', privilege_level: 'user' },
  ttp: { technique_id: 'T1059', tactic_id: 'TA0002' },
  detection: { detected: true, detection_latency_seconds: 3 },
  response: { responded: false, contained: false },
  control: { control_id: 'c', control_type: 'edr', effectiveness_score: 1 },
} satisfies Plain;
