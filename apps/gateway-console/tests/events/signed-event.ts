import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  canonicalizeCompat,
  contentHash,
  executionFingerprint,
  importPublicKey,
  type JsonObject,
  requestSignatureInput,
} from '@nyxera/federation-protocol';
import type { EventDetail } from '../../src/views/events/open-evidence.ts';
import { base64url, sha256 } from '../verify/signed-log.ts';

const TENANT = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
const NONCE = 'nonce-0123456789';
const AT = 1_790_000_000;
const REQUEST = '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77';

/** An event as the gateway answers with it, really signed; `batch`: as the second item of one. */
export function signedEvent(batch: boolean): EventDetail {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } =
    generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = importPublicKey(raw);
  if (!key.ok) throw new Error(key.detail);
  const inputs = {
    attestation_measurement_hash: 'AB'.repeat(32),
    manifest_hash: 'mh-1',
    operator_id: 'op-1',
    policy_decision_hash: 'ph-1',
    tenant_id: TENANT.toUpperCase(),
    timestamp: '2026-02-26T12:00:00Z',
    tool_hash: 'sha256:1',
  };
  const fingerprint = executionFingerprint(inputs);
  const payload: JsonObject = {
    event_id: 'evt-1',
    event_type: 'SCAN_FAILED',
    source_system: 'nmap',
    severity: ' High',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['t1046 '],
    mitre_tactics: ['TA0007'],
    description: '<script>\u202e',
    attributes: {
      attestation_measurement_hash: inputs.attestation_measurement_hash,
      schema_version: '1.0',
      asset_ref: 'host-1',
      manifest_hash: inputs.manifest_hash,
      tool_sha256: inputs.tool_hash,
      policy_decision_hash: inputs.policy_decision_hash,
      fingerprint_timestamp: inputs.timestamp,
      big: 12345678901234567890n,
      intent_id: 'intent-00000001',
    },
  };
  const other = { execution_hash: fingerprint, payload: { ...payload, event_id: 'evt-0' } };
  const single = { execution_hash: fingerprint, payload };
  const body = new Uint8Array(
    Buffer.from(
      canonicalizeCompat({
        operator_id: 'op-1',
        campaign_id: 'cmp-1',
        tenant_id: inputs.tenant_id,
        timestamp: AT,
        nonce: NONCE,
        signed_metadata: { operator_id: 'op-1', campaign_id: 'cmp-1', tenant_id: inputs.tenant_id },
        ...(batch ? { items: [other, single] } : single),
      }),
    ),
  );
  const signature = new Uint8Array(sign(null, requestSignatureInput(AT, NONCE, body), privateKey));
  return {
    event: {
      accepted_at: '2026-09-21T14:13:21.000000Z',
      tenant_id: TENANT,
      operator_id: 'op-1',
      event_id: 'evt-1',
      event_type: 'SCAN_FAILED',
      source_system: 'nmap',
      severity: 'high',
      campaign_id: 'cmp-1',
      asset_ref: 'host-1',
      target_urn: 'host-1',
      observed_at: '2026-02-26T12:00:00Z',
      observed_at_assumed: false,
      techniques: ['T1046'],
      tactics: ['TA0007'],
      execution_hash: fingerprint,
      attestation_measurement_hash: 'ab'.repeat(32),
      attestation_synthetic: false,
      fingerprint_verified: true,
      intent_id: 'intent-00000001',
      request_id: REQUEST,
      evidence_index: batch ? 1 : 0,
      content_hash: base64url(contentHash(payload, 'cmp-1', fingerprint)),
    },
    evidence: {
      received_at: '2026-09-21T14:13:21.000000Z',
      endpoint: batch ? 'telemetry-batch' : 'telemetry',
      identity: 'agent-1',
      peer_sha256: 'cd'.repeat(32),
      operator_id: 'op-1',
      kid: key.value.kid,
      public_key: base64url(raw),
      signature: base64url(signature),
      timestamp: AT,
      nonce: NONCE,
      body: base64url(body),
      body_sha256: base64url(new Uint8Array(createHash('sha256').update(body).digest())),
    },
    key_life: [
      {
        state: 'active',
        covers: true,
        not_before: null,
        not_after: null,
        changed_at: '2026-01-01T00:00:00.000000Z',
      },
      {
        state: 'revoked',
        covers: true,
        not_before: null,
        not_after: null,
        changed_at: '2026-10-01T00:00:00.000000Z',
      },
    ],
    pin: null,
    entry: {
      sequence: 2,
      recorded_at: '2026-09-21T14:13:21.000000Z',
      action: 'telemetry',
      code: 'accepted',
      pruned: false,
    },
    finding: null,
  };
}

/** The entry of the log about it, and its disclosure, as the gateway writes both. */
export function entryOf(detail: EventDetail): { entry: string; disclosure: string } {
  const salt = '11'.repeat(32);
  const { evidence, event, entry } = detail;
  if (evidence === null || entry === null) throw new Error('an event with evidence and an entry');
  const commit = (value: string) => sha256(Buffer.from(salt, 'hex'), Buffer.from(value));
  return {
    entry: canonicalizeCompat({
      action: 'telemetry',
      actor: evidence.identity,
      class: 'decision',
      code: 'accepted',
      commitments: { subject: commit(event.event_id) },
      evidence_sha256: Buffer.from(evidence.body_sha256, 'base64url').toString('hex'),
      kid: evidence.kid,
      peer_sha256: evidence.peer_sha256,
      recorded_at: entry.recorded_at,
      request_id: event.request_id,
      sequence: entry.sequence,
      v: 1,
    }),
    disclosure: canonicalizeCompat({ subject: { salt, value: event.event_id } }),
  };
}
